import { LIMIT_NEAR, type Limit, type NodeNotice } from '@headwater/contracts'

/** What is told of one node: with hundreds of namespaces all may be near at once. */
const MOST = 5

interface Words {
  what: (limit: Limit) => string
  happens: string
  fix: string
}

const words: Record<string, Words> = {
  ports: {
    what: ({ address }) => `ports that the kernel chooses from, at ${address === '' ? 'its addresses' : address}`,
    happens: 'When none is left, connect() fails there (EADDRNOTAVAIL)',
    fix: 'Keep connections open and use them again, or widen net.ipv4.ip_local_port_range of that namespace.',
  },
  conntrack: {
    what: () => 'connections that netfilter follows',
    happens: 'When it is full, new connections are dropped without an answer (nf_conntrack: table full)',
    fix: 'Raise net.netfilter.nf_conntrack_max, shorten net.netfilter.nf_conntrack_tcp_timeout_*, or leave out what needs no NAT (notrack).',
  },
  'tcp-memory': {
    what: () => 'bytes of buffers of TCP sockets',
    happens: 'When it is full, the kernel closes windows and drops sockets',
    fix: 'See which process does not read or send (ss -tm), or raise net.ipv4.tcp_mem.',
  },
  'udp-memory': {
    what: () => 'bytes of buffers of UDP sockets',
    happens: 'When it is full, datagrams are dropped',
    fix: 'See which process does not read (ss -um), or raise net.ipv4.udp_mem.',
  },
}

/** What is near to running out on a node. `name`: cluster/node. */
export function limitNotices(name: string, limits: readonly Limit[]): NodeNotice[] {
  const near = limits.filter(({ used, max }) => max > 0 && used / max >= LIMIT_NEAR)
  return near.slice(0, MOST).flatMap((limit) => {
    const { used, max, kind, netns } = limit
    const told = words[kind]
    // Of an agent that knows more kinds than we do.
    if (told === undefined) return []
    const part = `${Math.floor((used / max) * 100)} %`
    const problem = `${name} has ${used} of ${max} (${part}) ${told.what(limit)} in use, in network namespace ${netns}. ${told.happens}.`
    return [{ code: 'limit' as const, problem, fix: told.fix }]
  })
}
