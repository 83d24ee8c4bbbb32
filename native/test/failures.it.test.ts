import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kernelReasons, type Probe, RecordKind, Side } from '../src/index.js'
import { TestNamespace, wire } from '../src/testing/index.js'
import { cannotProbe, Observer, type RecordRow } from './observe.js'
import { compiled, Program } from './programs.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP failures: ${reason}`)

const [ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH] = [111, 110, 113, 101]
const HERE = '192.0.2.1'
const THERE = '192.0.2.2'
const NOBODY = '192.0.2.9'

/** Attempts that fail, each provoked, told apart by what the record says. */
describe.skipIf(reason)('failed attempts', () => {
  const programs: Program[] = []
  let clients: string
  let servers: string
  let here: TestNamespace
  let there: TestNamespace
  let probe: Probe
  let observer: Observer

  beforeAll(() => {
    clients = compiled('clients')
    servers = compiled('servers')
  })
  beforeEach(async () => {
    here = new TestNamespace()
    there = new TestNamespace()
    wire(here, there, [[`${HERE}/24`, `${THERE}/24`]])
    // A second try after a second, then the end: 3 s in all.
    here.run('sysctl -qw net.ipv4.tcp_syn_retries=1')
    observer = await Observer.start({ namespaces: [here.path] })
    probe = observer.probe
  })
  afterEach(async () => {
    for (const program of programs.splice(0)) program.stop()
    await probe.close()
    here.remove()
    there.remove()
  })

  function run(path: string, args: (string | number)[], ns: TestNamespace): Program {
    const program = new Program(path, args, ns.path)
    programs.push(program)
    return program
  }

  /** An attempt at port 9 that waits `ms` at most: what its process was told, and the record of its end. */
  async function attempt(host: string, ms = 9000): Promise<{ told: Record<string, number>; row: RecordRow }> {
    const client = run(clients, ['attempt', host, 9, ms], here)
    const told = await client.line()
    const [row] = await observer.until(
      1,
      (r) => r.kind === RecordKind.Close && r.pid === told.pid && r.side === Side.Client,
    )
    expect(row).toMatchObject({ established_ns: 0, old_state: 2, remote_port: 9, comm: 'clients', transport: 6 })
    return { told, row: row! }
  }

  const dropReason = (row: RecordRow) => (row.drop_reason === 0 ? '' : kernelReasons().drop[row.drop_reason!])

  it('refused: nobody listens', async () => {
    const { told, row } = await attempt(THERE)
    expect(told.error).toBe(ECONNREFUSED)
    expect(row).toMatchObject({ err: ECONNREFUSED, resets_rx: 1, syn_retrans: 0, drop_reason: 0 })
  })

  it('refused: a firewall says so', async () => {
    there.run('iptables -A INPUT -p tcp --dport 9 -j REJECT --reject-with tcp-reset')
    const { told, row } = await attempt(THERE)
    expect(told.error).toBe(ECONNREFUSED)
    expect(row).toMatchObject({ err: ECONNREFUSED, drop_reason: 0 })
  })

  it('timeout: a neighbour swallows what comes', async () => {
    here.ip(`neigh add ${NOBODY} lladdr 02:00:00:00:00:09 dev wire0`)
    const { told, row } = await attempt(NOBODY)
    expect(told.error).toBe(ETIMEDOUT)
    expect(row).toMatchObject({ err: ETIMEDOUT, drop_reason: 0, err_soft: 0 })
    expect(row.syn_retrans).toBeGreaterThan(0)
  })

  it('timeout: a firewall elsewhere drops it, which only that node can see', async () => {
    there.run('iptables -A INPUT -p tcp --dport 9 -j DROP')
    const { told, row } = await attempt(THERE)
    expect(told.error).toBe(ETIMEDOUT)
    expect(row).toMatchObject({ err: ETIMEDOUT, drop_reason: 0 })
    expect(row.syn_retrans).toBeGreaterThan(0)
  })

  it('unreachable: a router says so by ICMP', async () => {
    there.run('sysctl -qw net.ipv4.ip_forward=1')
    there.ip('route add unreachable 198.51.100.0/24')
    here.ip(`route add 198.51.100.0/24 via ${THERE}`)
    const { told, row } = await attempt('198.51.100.7')
    expect(told.error).toBe(EHOSTUNREACH)
    expect(row.err || row.err_soft).toBe(EHOSTUNREACH)
    expect(row).toMatchObject({ drop_reason: 0, syn_retrans: 0 })
  })

  it('no route: a router has none', async () => {
    there.run('sysctl -qw net.ipv4.ip_forward=1')
    here.ip(`route add 198.51.100.0/24 via ${THERE}`)
    const { told, row } = await attempt('198.51.100.7')
    expect(told.error).toBe(ENETUNREACH)
    expect(row.err || row.err_soft).toBe(ENETUNREACH)
    expect(row.drop_reason).toBe(0)
  })

  it('no route here: the kernel makes no attempt, and there is nothing to tell', async () => {
    const client = run(clients, ['attempt', '203.0.113.1', 9, 1000], here)
    expect((await client.line()).error).toBe(ENETUNREACH)
    expect(await observer.until(1, (r) => r.remote_port === 9, 100)).toEqual([])
  })

  it('neighbour not found: nobody answers for the next hop', async () => {
    here.run('sysctl -qw net.ipv4.neigh.wire0.mcast_solicit=1')
    const { told, row } = await attempt(NOBODY)
    expect([EHOSTUNREACH, ETIMEDOUT]).toContain(told.error)
    expect(dropReason(row)).toBe('neigh_failed')
  })

  it.each([
    ['OUTPUT', '-p tcp --dport 9'],
    ['INPUT', '-p tcp --sport 9 --tcp-flags SYN,ACK SYN,ACK'],
  ])('firewall: own rules drop it on %s', async (chain, match) => {
    run(servers, ['answer', THERE, 9], there)
    await programs.at(-1)!.line()
    here.run(`iptables -A ${chain} ${match} -j DROP`)
    const { told, row } = await attempt(THERE)
    expect(told.error).toBe(ETIMEDOUT)
    expect(row.err).toBe(ETIMEDOUT)
    expect(dropReason(row)).toBe('netfilter_drop')
    expect(probe.counters().handshake_drops).toBeGreaterThanOrEqual(2)
    // The next attempt, with the rule gone, has nothing of it.
    here.run('iptables -F')
    const client = run(clients, ['tcp', THERE, 9, 10], here)
    expect(await client.line()).toMatchObject({ sent: 10, received: 1000 })
    const [closed] = await observer.until(1, (r) => r.kind === RecordKind.Close && r.established_ns! > 0)
    expect(closed).toMatchObject({ err: 0, drop_reason: 0 })
  })

  /** Two attempts with the same addresses and ports, in namespaces that know nothing of each other; of the first's a packet is dropped. */
  it('firewall: a drop in one namespace says nothing of an attempt with the same addresses and ports in another', async () => {
    const elsewhere = new TestNamespace()
    try {
      elsewhere.ip('link add wire0 type veth peer name wire1')
      elsewhere.ip(`addr add ${HERE}/24 dev wire0`)
      for (const end of ['wire0', 'wire1']) elsewhere.ip(`link set ${end} up`)
      elsewhere.ip(`neigh add ${THERE} lladdr 02:00:00:00:00:09 dev wire0`)
      for (const ns of [here, elsewhere]) ns.run('sysctl -qw net.ipv4.ip_local_port_range=41000\t41000')
      here.run('iptables -A OUTPUT -p tcp --dport 9 -j DROP')
      await probe.close()
      observer = await Observer.start({ namespaces: [here.path, elsewhere.path] })
      probe = observer.probe
      const dropped = run(clients, ['attempt', THERE, 9, 9000], here)
      await expect.poll(() => probe.counters().handshake_drops).toBeGreaterThan(0)
      const swallowed = run(clients, ['attempt', THERE, 9, 200], elsewhere)
      const told = [(await swallowed.line()).pid, (await dropped.line()).pid]
      const rows = await observer.until(2, (r) => r.kind === RecordKind.Close && told.includes(r.pid))
      expect(rows.map((r) => [r.netns, r.local_port, r.remote_port, dropReason(r)])).toEqual([
        [elsewhere.inode, 41_000, 9, ''],
        [here.inode, 41_000, 9, 'netfilter_drop'],
      ])
    } finally {
      elsewhere.remove()
    }
  })

  it('firewall: another namespace of this machine drops it, and the attempt is told so', async () => {
    await probe.close()
    observer = await Observer.start({ namespaces: [here.path, there.path] })
    probe = observer.probe
    there.run('iptables -A INPUT -p tcp --dport 9 -j DROP')
    const { told, row } = await attempt(THERE)
    expect(told.error).toBe(ETIMEDOUT)
    expect(dropReason(row)).toBe('netfilter_drop')
    expect(probe.counters()).toMatchObject({ handshakes_noted: 1, handshakes_taken: 1 })
  })

  it('given up before an answer: the record tells whether the SYN was sent again', async () => {
    here.ip(`neigh add ${NOBODY} lladdr 02:00:00:00:00:09 dev wire0`)
    const early = await attempt(NOBODY, 200)
    expect(early.told.answered).toBe(false)
    expect(early.row).toMatchObject({ err: 0, syn_retrans: 0, drop_reason: 0 })
    const late = await attempt(NOBODY, 1500)
    expect(late.row).toMatchObject({ err: 0, syn_retrans: 1, drop_reason: 0 })
  })
})
