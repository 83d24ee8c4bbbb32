import { clusterOf, gatewayNamespace, natAddress } from '../topology/places.js'
import { DATABASE_PORT } from '../topology/services.js'
import type { Fault, Switchboard } from './fault.js'

type Rule = (board: Switchboard) => { namespace: string; table?: string; chain: string; rule: string[] }

const withRule = (rule: Rule) => async (board: Switchboard, on: boolean) => {
  const { namespace, table = 'filter', chain, rule: words } = rule(board)
  await board.namespaces.get(namespace).run('iptables', ['-w', '5', '-t', table, on ? '-I' : '-D', chain, ...words])
}

/** Of packets, in the lossy path. */
export const LOSS = 0.15
/** Of the path that is limited, in Mbit/s. */
export const RATE_MBIT = 2

const CLASS = '1:20'

const classify = withRule(({ address }) => ({
  namespace: gatewayNamespace('data'),
  table: 'mangle',
  chain: 'POSTROUTING',
  rule: [
    ...['-p', 'tcp', '-s', address('database'), '--sport', String(DATABASE_PORT)],
    ...['-d', natAddress(clusterOf('shop')), '-j', 'CLASSIFY', '--set-class', CLASS],
  ],
}))

/** All else passes by: HTB gives what is in no class on at once. The token bucket is the leaf of the one class. */
async function limitRate(board: Switchboard, on: boolean): Promise<void> {
  const tc = (...words: string[]) => board.namespaces.get(gatewayNamespace('data')).run('tc', words)
  if (on) {
    await tc('qdisc', 'add', 'dev', 'up0', 'root', 'handle', '1:', 'htb')
    await tc('class', 'add', 'dev', 'up0', 'parent', '1:', 'classid', CLASS, 'htb', 'rate', '10gbit')
    const bucket = ['tbf', 'rate', `${RATE_MBIT}mbit`, 'burst', '6kb', 'limit', '128kb']
    await tc('qdisc', 'add', 'dev', 'up0', 'parent', CLASS, 'handle', '20:', ...bucket)
    await classify(board, true)
  } else {
    await classify(board, false)
    await tc('qdisc', 'del', 'dev', 'up0', 'root')
  }
}

/** Faults of the path between two services. */
export const paths: Fault[] = [
  {
    id: 'dropped',
    title: 'Packets dropped',
    detail:
      'Packets that begin a connection from checkout to cart are dropped on the way; the client gives up after 2 s.',
    client: 'checkout',
    server: 'cart',
    apply: withRule(({ address }) => ({
      namespace: 'shop-1',
      chain: 'FORWARD',
      rule: ['-p', 'tcp', '--syn', '-s', address('checkout'), '-d', address('cart'), '-j', 'DROP'],
    })),
  },
  {
    id: 'firewall-drop',
    title: 'Firewall drops',
    detail:
      'The firewall of payments’ own node drops packets that begin a connection from payments to database; the client gives up after 2 s.',
    client: 'payments',
    server: 'database',
    apply: withRule(({ address }) => ({
      namespace: 'pay-1',
      chain: 'FORWARD',
      rule: ['-p', 'tcp', '--syn', '-s', address('payments'), '-d', address('database'), '-j', 'DROP'],
    })),
  },
  {
    id: 'lossy',
    title: 'Lossy path',
    detail: `${LOSS * 100} % of the packets from catalogue to frontend are lost, but for the answers that open a connection.`,
    client: 'frontend',
    server: 'catalogue',
    // An attempt both of whose answers a firewall drops is, truly, one that a firewall dropped: that is another fault.
    apply: withRule(({ address }) => ({
      namespace: 'frontend',
      chain: 'INPUT',
      rule: [
        ...['-p', 'tcp', '-s', address('catalogue-1'), '--sport', '8080', '!', '--tcp-flags', 'SYN', 'SYN'],
        ...['-m', 'statistic', '--mode', 'random', '--probability', String(LOSS), '-j', 'DROP'],
      ],
    })),
  },
  {
    id: 'rate-limited',
    title: 'Rate limited',
    detail: `What database sends to catalogue passes through a token bucket of ${RATE_MBIT} Mbit/s, and waits in its queue.`,
    client: 'catalogue',
    server: 'database',
    apply: limitRate,
  },
]
