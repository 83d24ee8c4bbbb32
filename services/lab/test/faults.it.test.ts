import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '@headwater/contracts/runtime'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TTL_SECONDS } from '../src/dns/zone.js'
import { FEW_PORTS } from '../src/faults/clients.js'
import { DNS_DELAY_MS } from '../src/faults/names.js'
import { type EndTruth, endSince, type PairTruth, type TruthBy } from '../src/index.js'
import { DNS_ADDRESS } from '../src/topology/places.js'
import { clientOf, noLab, skip, testLab, total } from './support/lab.js'

const WHILE_MS = 5_000
const KNOWN_MS = TTL_SECONDS * 1_000
/** Connections of cart's pool, whatever leaks. */
const POOLED = 2
/** Prints how long it takes to have a name's address, in ms. */
const LOOK_UP = `const { Resolver } = require('node:dns/promises')
const resolver = new Resolver()
resolver.setServers(['${DNS_ADDRESS}'])
const began = performance.now()
resolver.resolve4('cart.shop.lab').then(() => console.log(performance.now() - began))`

type Pair = [client: string, server: string]

describe.skipIf(skip('faults of the lab', noLab))('faults', () => {
  const { lab, remove } = testLab()
  beforeAll(() => lab.start())
  afterAll(remove)
  afterEach(async () => {
    for (const fault of lab.faults()) await lab.setFault(fault.id, false)
    await lab.drain()
    await lab.resume()
  })

  /** What the client of each pair counted while a fault was on, up to the end of all that began meanwhile. */
  async function during(id: string, by: TruthBy = 'service', look: () => Promise<void> = async () => undefined) {
    const before = await lab.truth(by)
    await lab.setFault(id, true)
    await sleep(WHILE_MS)
    await look()
    await lab.drain()
    const after = await lab.truth(by)
    await lab.setFault(id, false)
    await lab.resume()
    return (client: string, server: string): EndTruth =>
      endSince(clientOf(after, client, server), clientOf(before, client, server))
  }

  /** All other pairs work on, without a failure. */
  async function calmBut(seen: (client: string, server: string) => EndTruth, ...met: Pair[]) {
    for (const { client, server } of await lab.truth()) {
      if (met.some(([c, s]) => c === client && s === server)) continue
      const { failures, broken } = seen(client, server)
      expect({ failures, broken }, `${client} to ${server}`).toEqual({ failures: {}, broken: {} })
    }
  }

  const nstat = async (namespace: string, name: string): Promise<number> => {
    const text = await lab.inspect(namespace, 'nstat', ['-asz', name])
    return Number(new RegExp(`${name}\\s+(\\d+)`).exec(text)?.[1])
  }

  /** Packets that a rule with this target has met. */
  const met = async (namespace: string, chain: string, target: string, table = 'filter'): Promise<number> => {
    const text = await lab.inspect(namespace, 'iptables', ['-t', table, '-nvxL', chain])
    return Number(new RegExp(`^\\s*(\\d+)\\s+\\d+\\s+${target}\\s`, 'm').exec(text)?.[1] ?? Number.NaN)
  }

  const works = async (client: string, server: string) => {
    const before = clientOf(await lab.truth(), client, server)
    await sleep(1_500)
    await lab.drain()
    const after = clientOf(await lab.truth(), client, server)
    expect(after.connections).toBeGreaterThan(before.connections)
    expect([after.failures, after.broken]).toEqual([before.failures, before.broken])
    await lab.resume()
  }

  it('lists them with what they do', () => {
    const faults = lab.faults()
    expect(faults.map((f) => f.id)).toEqual([
      ...['refused', 'dropped', 'firewall-drop', 'lossy', 'rate-limited', 'reset', 'slow-accept', 'ports-exhausted'],
      ...['dns-failing', 'dns-slow', 'new-dependency', 'zone-blind'],
    ])
    for (const { detail, on, since } of faults) expect([detail.length > 20, on, since]).toEqual([true, false, null])
  })

  it('knows no other', async () => {
    const error = await lab.setFault('earthquake', true).catch((e) => e)
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toContain('"earthquake"')
    expect(error.fix).toContain('slow-accept')
  })

  it('switches once, and says since when', async () => {
    const before = Date.now()
    await Promise.all([lab.setFault('lossy', true), lab.setFault('lossy', true)])
    const { on, since } = lab.faults().find((f) => f.id === 'lossy') ?? {}
    expect(on).toBe(true)
    expect(since).toBeGreaterThanOrEqual(before)
    const rules = await lab.inspect('frontend', 'iptables', ['-S', 'INPUT'])
    expect(rules.match(/DROP/g)).toHaveLength(1)
    await lab.setFault('lossy', false)
    expect(await lab.inspect('frontend', 'iptables', ['-S', 'INPUT'])).not.toContain('DROP')
  })

  it('refused: attempts end with ECONNREFUSED, and none is established', async () => {
    const seen = await during('refused', 'service', async () => {
      expect(await lab.inspect('payments', 'ss', ['-Hltn', 'sport = :8080'])).toBe('')
    })
    const { connections, failures } = seen('checkout', 'payments')
    expect(connections).toBe(0)
    expect(Object.keys(failures)).toEqual(['ECONNREFUSED'])
    expect(failures.ECONNREFUSED).toBeGreaterThan(5)
    await calmBut(seen, ['checkout', 'payments'])
    await works('checkout', 'payments')
  })

  /** A node's FORWARD chain drops the attempts: they get no answer, and clients give up. */
  async function areDropped(fault: string, node: string, ...[client, server]: Pair): Promise<void> {
    let drops = 0
    const seen = await during(fault, 'service', async () => {
      drops = await met(node, 'FORWARD', 'DROP')
    })
    const { connections, failures } = seen(client, server)
    expect(connections).toBe(0)
    expect(Object.keys(failures)).toEqual(['timeout'])
    expect(failures.timeout).toBeGreaterThan(5)
    expect(drops).toBeGreaterThan(failures.timeout ?? 0)
    await calmBut(seen, [client, server])
    await works(client, server)
  }

  it('dropped: attempts get no answer, and clients give up', () => areDropped('dropped', 'shop-1', 'checkout', 'cart'))

  it('firewall-drop: the client’s own node drops its attempts', async () => {
    await areDropped('firewall-drop', 'pay-1', 'payments', 'database')
    expect(await lab.inspect('pay-1', 'iptables', ['-S', 'FORWARD'])).not.toContain('DROP')
  })

  it('ports-exhausted: connect() finds no local port', async () => {
    let held = ''
    const seen = await during('ports-exhausted', 'service', async () => {
      held = await lab.inspect('cart', 'ss', ['-Htn', 'state', 'established', 'dport = :6379'])
    })
    const { connections, failures, broken } = seen('cart', 'cache')
    expect(held.trim().split('\n')).toHaveLength(FEW_PORTS + POOLED)
    expect(connections).toBe(FEW_PORTS)
    expect(Object.keys(failures)).toEqual(['EADDRNOTAVAIL'])
    expect(failures.EADDRNOTAVAIL).toBeGreaterThan(10)
    expect(broken).toEqual({})
    await calmBut(seen, ['cart', 'cache'])
    await sleep(500)
    const left = await lab.inspect('cart', 'ss', ['-Htn', 'state', 'established', 'dport = :6379'])
    expect(left.trim().split('\n')).toHaveLength(POOLED)
  })

  it('dns-failing: one name cannot be found out, and the others can', async () => {
    // What was known before is good for 5 s.
    const seen = await during('dns-failing', 'service', () => sleep(KNOWN_MS))
    const names = await lab.names()
    const failed = names.filter(({ rcode }) => rcode !== 'NOERROR')
    expect(failed.map(({ client, name, rcode }) => [client, name, rcode])).toEqual([
      ['100.64.0.2', 'api.payment-provider.example', 'SERVFAIL'],
    ])
    expect(failed[0]?.questions).toBeGreaterThan(5)
    expect(seen('payments', 'provider').connections).toBeLessThan(seen('payments', 'database').connections)
    await calmBut(seen)
    await works('payments', 'provider')
  })

  it('dns-slow: every answer takes its time, and nothing fails', async () => {
    const took: number[] = []
    const seen = await during('dns-slow', 'service', async () => {
      for (let i = 0; i < 3; i++) took.push(Number(await lab.inspect('checkout', process.execPath, ['-e', LOOK_UP])))
    })
    for (const ms of took) {
      expect(ms).toBeGreaterThanOrEqual(DNS_DELAY_MS - 2)
      expect(ms).toBeLessThan(1_000)
    }
    expect((await lab.names()).filter(({ rcode }) => rcode === 'NXDOMAIN')).toEqual([])
    await calmBut(seen)
    const after = Number(await lab.inspect('checkout', process.execPath, ['-e', LOOK_UP]))
    expect(after).toBeLessThan(DNS_DELAY_MS)
  })

  it('lossy: packets are lost, and sent again', async () => {
    const before = await nstat('catalogue-1', 'TcpRetransSegs')
    const opened = await nstat('frontend', 'TcpExtTCPSynRetrans')
    let drops = 0
    const seen = await during('lossy', 'service', async () => {
      drops = await met('frontend', 'INPUT', 'DROP')
    })
    const again = (await nstat('catalogue-1', 'TcpRetransSegs')) - before
    expect(drops).toBeGreaterThan(10)
    expect(again).toBeGreaterThan(10)
    expect(await nstat('frontend', 'TcpExtTCPSynRetrans'), 'no handshake is lost').toBe(opened)
    expect(seen('frontend', 'catalogue').connections).toBeGreaterThan(10)
    await calmBut(seen, ['frontend', 'catalogue'])
  })

  it('rate-limited: a queue builds up in front of the token bucket, for one path alone', async () => {
    let queue = ''
    let took = 0
    const seen = await during('rate-limited', 'service', async () => {
      queue = await lab.inspect('gw-data', 'tc', ['-s', 'qdisc', 'show', 'dev', 'up0'])
      took = await met('gw-data', 'POSTROUTING', 'CLASSIFY', 'mangle')
    })
    expect(took).toBeGreaterThan(100)
    expect(Number(/tbf[\s\S]*?overlimits (\d+)/.exec(queue)?.[1])).toBeGreaterThan(50)
    expect(seen('catalogue', 'database').connections).toBeGreaterThan(10)
    await calmBut(seen)
    expect(await lab.inspect('gw-data', 'tc', ['qdisc', 'show', 'dev', 'up0'])).not.toContain('tbf')
  })

  it('reset: connections are established, and reset by the server', async () => {
    const before = await nstat('data-1', 'TcpOutRsts')
    const seen = await during('reset')
    const { connections, broken, failures } = seen('catalogue', 'search')
    expect(connections).toBeGreaterThan(5)
    expect(broken).toEqual({ ECONNRESET: connections })
    expect(failures).toEqual({})
    expect((await nstat('data-1', 'TcpOutRsts')) - before).toBeGreaterThanOrEqual(connections)
    await calmBut(seen, ['catalogue', 'search'])
    await works('catalogue', 'search')
  })

  it('slow-accept: the accept queue overflows', async () => {
    const before = await nstat('cart', 'TcpExtListenOverflows')
    let listener = ''
    const seen = await during('slow-accept', 'service', async () => {
      listener = await lab.inspect('cart', 'ss', ['-Hltn', 'sport = :8080'])
    })
    // Recv-Q, Send-Q: of a listener the connections that wait, and how many may.
    expect(listener).toMatch(/^LISTEN\s+[012]\s+1\s/)
    expect((await nstat('cart', 'TcpExtListenOverflows')) - before).toBeGreaterThan(3)
    await calmBut(seen, ['frontend', 'cart'], ['checkout', 'cart'])
    await works('frontend', 'cart')
    expect(await lab.inspect('cart', 'ss', ['-Hltn', 'sport = :8080'])).toMatch(/^LISTEN\s+0\s+511\s/)
  })

  it('new-dependency: frontend asks database, and stops', async () => {
    const seen = await during('new-dependency')
    expect(seen('frontend', 'database').connections).toBeGreaterThan(5)
    await calmBut(seen)
    const before = await lab.truth()
    await sleep(1_000)
    expect(clientOf(await lab.truth(), 'frontend', 'database')).toEqual(clientOf(before, 'frontend', 'database'))
  })

  it('zone-blind: frontend takes both replicas in turn', async () => {
    const seen = await during('zone-blind', 'instance')
    const [here, there] = ['catalogue-1', 'catalogue-2'].map((server) => seen('frontend', server).connections)
    expect(here).toBeGreaterThan(5)
    expect(there).toBeGreaterThan(5)
  })

  it('leaves a lab whose ends agree', async () => {
    const start: PairTruth[] = await lab.truth()
    await sleep(2_000)
    await lab.drain()
    for (const pair of await lab.truth()) {
      const was = start.find((p) => p.client === pair.client && p.server === pair.server)
      expect(total(pair.by_client?.failures ?? {})).toBe(total(was?.by_client?.failures ?? {}))
    }
  })
})
