import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { kernelReasons, type Probe, RecordFlag, RecordKind, Side } from '../src/index.js'
import { TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer, type RecordRow, sleep } from './observe.js'
import { compiled, Program } from './programs.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP sorts: ${reason}`)

const host = '127.0.0.1'
/** Of what servers.cc answers with. */
const ANSWER = 1000

/** Connections of every sort: their payload, sides and owners against what their programs counted. */
describe.skipIf(reason)('sorts of connections', () => {
  const programs: Program[] = []
  let clients: string
  let servers: string
  let ns: TestNamespace
  let probe: Probe
  let observer: Observer

  beforeAll(() => {
    clients = compiled('clients')
    servers = compiled('servers')
  })
  beforeEach(async () => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
    observer = await Observer.start({ namespaces: [ns.path] })
    probe = observer.probe
  })
  afterEach(async () => {
    for (const program of programs.splice(0)) program.stop()
    await probe.close()
    ns.remove()
  })

  function run(path: string, ...args: (string | number)[]): Program {
    const program = new Program(path, args, ns.path)
    programs.push(program)
    return program
  }

  const payload = (row: RecordRow) => [row.bytes_sent! - row.bytes_retrans!, row.bytes_received]

  async function closes(port: number, count: number): Promise<{ client: RecordRow[]; server: RecordRow[] }> {
    const isClose = (row: RecordRow) =>
      row.kind === RecordKind.Close && (row.local_port === port || row.remote_port === port)
    const rows = await observer.until(2 * count, isClose, 100)
    return {
      client: rows.filter((row) => row.side === Side.Client),
      server: rows.filter((row) => row.side === Side.Server),
    }
  }

  it.each([
    ['mptcp', 'mptcp'],
    ['mptcp', 'tcp'],
    ['answer', 'mptcp'],
    ['splice', 'tcp'],
    ['sendfile', 'tcp'],
  ])('a server by %s and a client by %s', async (how, by) => {
    const bytes = 300_000
    const server = how === 'answer' ? run(servers, how, host, 0) : run(servers, how)
    const { port, pid } = await server.line()
    const told = await run(clients, by, host, port!, bytes).line()
    expect(await server.line(1)).toMatchObject({ peer: told.port, received: bytes, sent: ANSWER })
    expect(told.received).toBe(ANSWER)
    const { client, server: served } = await closes(port!, 1)
    // One subflow, in the path of the listener; its TCP carries the payload whole.
    expect([client.length, served.length]).toEqual([1, 1])
    expect(payload(client[0]!)).toEqual([bytes, ANSWER])
    expect(payload(served[0]!)).toEqual([ANSWER, bytes])
    const owners = [client[0]!, served[0]!].map((row) => [row.pid, (row.flags! & RecordFlag.OwnerUncertain) !== 0])
    expect(owners).toEqual([
      [told.pid, false],
      [pid, false],
    ])
    expect(client[0]).toMatchObject({ client_isn: served[0]!.client_isn, server_isn: served[0]!.server_isn })
  })

  it('TCP fast open: data in the SYN is counted once', async () => {
    ns.run('sysctl -qw net.ipv4.tcp_fastopen=3')
    const bytes = 5000
    const server = run(servers, 'fastopen')
    const { port, pid } = await server.line()
    const client = run(clients, 'fastopen', host, port!, bytes)
    const [first, second] = [await client.line(), await client.line(1)]
    expect([first.in_syn, second.in_syn]).toEqual([false, true])
    const rows = await closes(port!, 2)
    expect(rows.client.map((row) => [row.pid, ...payload(row)])).toEqual(Array(2).fill([first.pid, bytes, ANSWER]))
    expect(rows.server.map((row) => [row.pid, ...payload(row)])).toEqual(Array(2).fill([pid, ANSWER, bytes]))
    const pair = (row: RecordRow) => `${row.client_isn} ${row.server_isn}`
    expect(new Set(rows.client.map(pair))).toEqual(new Set(rows.server.map(pair)))
    expect(new Set(rows.client.map(pair)).size).toBe(2)
  })

  it('both ends ask at once: two peers, with one pair of sequence numbers', async () => {
    const drop = '-p tcp --tcp-flags SYN,ACK SYN -j DROP'
    ns.run(`iptables -A OUTPUT ${drop}`)
    const both = run(clients, 'simultaneous', host, 7000, 12_345)
    await both.line()
    ns.run(`iptables -D OUTPUT ${drop}`)
    const told = await both.line(1)
    expect(told).toMatchObject({ sent: 12_345, received: 12_345 })
    const rows = await observer.until(2, (row) => row.kind === RecordKind.Close, 100)
    expect(rows).toHaveLength(2)
    const [one, two] = [7000, 7001].map((port) => rows.find((row) => row.local_port === port)!)
    for (const row of [one!, two!])
      expect(row).toMatchObject({ pid: told.pid, flags: 0, remote_port: 14_001 - row.local_port! })
    expect([payload(one!), payload(two!)]).toEqual([
      [12_345, 0],
      [0, 12_345],
    ])
    // The end whose second SYN crossed the other's is a peer; the other end may have answered it as a client whose SYN was not met.
    expect([one!.side, two!.side]).toContain(Side.Peer)
    const isns = (row: RecordRow) => [row.client_isn, row.server_isn].sort()
    expect(isns(one!)).toEqual(isns(two!))
    expect(one!.syn_retrans! + two!.syn_retrans!).toBeGreaterThan(0)
  })

  it('one port on two addresses belongs to two servers', async () => {
    const one = run(servers, 'answer', '127.0.0.1', 7100)
    const two = run(servers, 'answer', '127.0.0.2', 7100)
    const pids = { '127.0.0.1': (await one.line()).pid, '127.0.0.2': (await two.line()).pid }
    await run(clients, 'tcp', '127.0.0.2', 7100, 22).line()
    await run(clients, 'tcp', '127.0.0.1', 7100, 11).line()
    const { server } = await closes(7100, 2)
    expect(server.map((row) => [row.bytes_received, row.pid, row.flags])).toEqual([
      [22, pids['127.0.0.2'], 0],
      [11, pids['127.0.0.1'], 0],
    ])
  })

  it('half closed: each direction is counted to its own end, and who closed first shows', async () => {
    const { port } = await run(servers, 'answer', host, 0).line()
    const told = await run(clients, 'tcp', host, port!, 70_000).line()
    const { client, server } = await closes(port!, 1)
    expect(payload(client[0]!)).toEqual([70_000, ANSWER])
    expect(payload(server[0]!)).toEqual([ANSWER, 70_000])
    expect(client[0]!.pid).toBe(told.pid)
    // FIN_WAIT2 or CLOSING at the end that closed first, LAST_ACK at the other.
    expect([5, 6, 11]).toContain(client[0]!.old_state)
    expect(server[0]!.old_state).toBe(9)
  })

  it('a receiver that does not read closes its window: both ends tell, and the sender how long it waits', async () => {
    const server = run(servers, 'hold')
    const { port } = await server.line()
    const client = run(clients, 'push', host, port!)
    const { sent } = await client.line()
    await probe.walk()
    await sleep(300)
    await probe.walk()
    observer.drain()
    const end = (side: number) => observer.seen.findLast((row) => row.kind === RecordKind.Walk && row.side === side)!
    const [tx, rx] = [end(Side.Client), end(Side.Server)]
    expect(tx).toMatchObject({ zero_windows_rx: 1, zero_windows_tx: 0 })
    expect(rx.zero_windows_tx).toBe(1)
    // The stretch in progress is in it: at least the 500 ms without progress, and the 300 ms here.
    expect(tx.rwnd_limited_us).toBeGreaterThan(700_000)
    expect(tx.busy_us).toBeGreaterThanOrEqual(tx.rwnd_limited_us!)
    expect(tx.busy_us).toBeLessThan(30_000_000)
    client.next()
    await client.line().then(() => sleep(50))
    server.next()
    const { received } = await server.line(1)
    expect(received).toBe(sent)
    const closed = await closes(port!, 1)
    expect(payload(closed.client[0]!)[0]).toBe(sent)
    expect(payload(closed.server[0]!)[1]).toBe(sent)
  })

  it('a connection that negotiated ECN says so', async () => {
    ns.run('sysctl -qw net.ipv4.tcp_ecn=1')
    const { port } = await run(servers, 'answer', host, 0).line()
    await run(clients, 'tcp', host, port!, 10).line()
    const { client, server } = await closes(port!, 1)
    expect([client[0]!.ecn, server[0]!.ecn]).toEqual([1, 1])
    ns.run('sysctl -qw net.ipv4.tcp_ecn=0')
    await run(clients, 'tcp', host, port!, 10).line()
    const rows = await closes(port!, 2)
    expect(rows.client[1]!.ecn).toBe(0)
  })

  it('segments lost on the way are sent again: more, later than the handshake, and not for nothing', async () => {
    const { port } = await run(servers, 'answer', host, 0).line()
    // Every 50th segment with payload is lost.
    ns.run(`iptables -A INPUT -p tcp --dport ${port} -m statistic --mode nth --every 50 --packet 20 -j DROP`)
    const told = await run(clients, 'tcp', host, port!, 20_000_000).line()
    const { client, server } = await closes(port!, 1)
    expect(payload(client[0]!)).toEqual([told.sent, ANSWER])
    expect(payload(server[0]!)).toEqual([ANSWER, told.sent])
    expect(client[0]!.retransmits).toBeGreaterThan(0)
    expect(client[0]!.bytes_retrans).toBeGreaterThan(0)
    expect(client[0]!.spurious_retrans).toBeLessThanOrEqual(client[0]!.retransmits!)
  })

  it('a SYN sent again is told of with the connection that it became', async () => {
    const { port } = await run(servers, 'answer', host, 0).line()
    const drop = '-p tcp --tcp-flags SYN,ACK SYN -j DROP'
    ns.run(`iptables -A OUTPUT ${drop}`)
    const client = run(clients, 'tcp', host, port!, 10)
    await sleep(500)
    ns.run(`iptables -D OUTPUT ${drop}`)
    await client.line()
    const rows = await closes(port!, 1)
    expect(rows.client[0]!.syn_retrans).toBeGreaterThan(0)
    expect(rows.client[0]!.connect_us).toBeGreaterThan(900_000)
    expect(rows.server[0]!.syn_retrans).toBe(0)
  })

  it('a reset has its reason, also the one that the close record foresees', async () => {
    const name = (row: RecordRow) => kernelReasons().reset[row.reset_reason!] ?? ''
    const unread = run(servers, 'unread')
    const { port } = await unread.line()
    await run(clients, 'tcp', host, port!, 10).line()
    const { server } = await closes(port!, 1)
    expect(server[0]).toMatchObject({ resets_tx: 1, err: 0 })
    if (kernelReasons().reset.length > 0) expect(name(server[0]!)).toBe('tcp_abort_on_close')
  })
})
