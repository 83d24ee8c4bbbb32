import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addon, objectDirectory } from '../src/addon.js'
import {
  createProbe,
  OwnerSource,
  type Probe,
  type ProbeError,
  RecordFlag,
  RecordKind,
  Side,
  SideSource,
} from '../src/index.js'
import { TestNamespace, wire } from '../src/testing/index.js'
import { cannotProbe, Observer, type RecordRow, sleep } from './observe.js'
import { acceptedSince, type Peer, startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP namespaces: ${reason}`)

const LOOPBACK = '127.0.0.1'
const IN_A = '192.0.2.1'
const IN_B = '192.0.2.2'
const dist = new URL('../dist/index.js', import.meta.url).href

describe.skipIf(reason)('a probe limited to network namespaces', () => {
  let a: TestNamespace
  let b: TestNamespace
  let inA: Peer
  let inB: Peer
  let onHost: Peer
  const probes: Probe[] = []

  beforeEach(async () => {
    a = new TestNamespace()
    b = new TestNamespace()
    wire(a, b, [
      [`${IN_A}/24`, `${IN_B}/24`],
      ['2001:db8::1/64', '2001:db8::2/64'],
    ])
    const start = [
      startPeer('hw-in-a', { netns: a.path }),
      startPeer('hw-in-b', { netns: b.path }),
      startPeer('hw-host'),
    ]
    ;[inA, inB, onHost] = (await Promise.all(start)) as [Peer, Peer, Peer]
  })
  afterEach(async () => {
    await Promise.all(probes.splice(0).map((probe) => probe.close()))
    await Promise.all([inA, inB, onHost].map((peer) => peer?.stop()))
    a?.remove()
    b?.remove()
  })

  /** Observes these namespaces, or all. */
  async function observe(...namespaces: TestNamespace[]): Promise<Observer> {
    // Who sees all has what others do in the ring, too.
    const limit = namespaces.length > 0 ? { namespaces: namespaces.map(({ path }) => path) } : { ringBytes: 1 << 24 }
    const probe = createProbe({ ringBytes: 1 << 20, ...limit })
    probes.push(probe)
    await probe.open()
    return new Observer(probe)
  }

  const closed = (row: RecordRow) => row.kind === RecordKind.Close
  const payload = (rows: RecordRow[]) => ({
    ends: rows.length,
    sent: rows.reduce((sum, row) => sum + row.bytes_sent! - row.bytes_retrans!, 0),
    received: rows.reduce((sum, row) => sum + row.bytes_received!, 0),
  })
  /** Kind of each record, its own port and its side, in a fixed order. */
  const shape = (rows: RecordRow[]) => rows.map((row) => [row.kind, row.side, row.netns].join(' ')).sort()
  const walkRow = (side: number, { inode }: TestNamespace) => `${RecordKind.Walk} ${side} ${inode}`
  const listenerRow = ({ inode }: TestNamespace) => `${RecordKind.Listener} ${Side.Server} ${inode}`

  it('tells of exactly the ends in its namespaces: across the wire, within each, and none of the host', async () => {
    const [ofA, ofB, ofBoth, ofAll] = await Promise.all([observe(a), observe(b), observe(a, b), observe()])
    for (const observer of [ofA, ofB, ofBoth, ofAll]) observer.clear()
    const atA = await inA.do('listen', { host: '0.0.0.0', reply: 300 })
    const atB = await inB.do('listen', { host: LOOPBACK, reply: 70 })
    const atHost = await onHost.do('listen', { host: LOOPBACK, reply: 9 })
    await Promise.all([
      inB.do('request', { host: IN_A, port: atA.port, send: 100, count: 250 }),
      inA.do('request', { host: LOOPBACK, port: atA.port, send: 11, count: 100 }),
      inB.do('request', { host: LOOPBACK, port: atB.port, send: 5, count: 70 }),
      onHost.do('request', { host: LOOPBACK, port: atHost.port, send: 1, count: 300 }),
    ])
    const { id, port: nobody } = await inA.do('listen', { host: IN_A })
    await inA.do('unlisten', { id })
    for (let i = 0; i < 4; i++) expect(await inB.do('fail', { host: IN_A, port: nobody })).toBe('ECONNREFUSED')

    const endsA = await ofA.until(450, closed, 50)
    const server = endsA.filter((row) => row.side === Side.Server)
    const client = endsA.filter((row) => row.side === Side.Client)
    const across = server.filter((row) => row.remote.endsWith('c0000202'))
    const within = server.filter((row) => !row.remote.endsWith('c0000202'))
    expect(payload(across)).toEqual({ ends: 250, sent: 250 * 300, received: 250 * 100 })
    expect(payload(within)).toEqual({ ends: 100, sent: 100 * 300, received: 100 * 11 })
    expect(payload(client)).toEqual({ ends: 100, sent: 100 * 11, received: 100 * 300 })
    expect(endsA).toHaveLength(450)

    const endsB = await ofB.until(250 + 140 + 4, closed, 50)
    const failed = endsB.filter((row) => row.established_ns === 0)
    expect(failed.map((row) => [row.err, row.remote_port])).toEqual(Array(4).fill([111, nobody]))
    const established = endsB.filter((row) => row.established_ns! > 0)
    expect(payload(established.filter((row) => row.remote_port === atA.port))).toEqual({
      ends: 250,
      sent: 250 * 100,
      received: 250 * 300,
    })
    expect(payload(established.filter((row) => row.remote_port === atB.port))).toEqual({
      ends: 70,
      sent: 70 * 5,
      received: 70 * 70,
    })
    expect(payload(established.filter((row) => row.local_port === atB.port))).toEqual({
      ends: 70,
      sent: 70 * 70,
      received: 70 * 5,
    })
    expect(endsB).toHaveLength(394)

    // Each record, of whatever kind.
    expect(new Set(ofA.seen.map((row) => row.netns))).toEqual(new Set([a.inode]))
    expect(new Set(ofB.seen.map((row) => row.netns))).toEqual(new Set([b.inode]))
    const listens = (observer: Observer) =>
      observer.seen.filter((row) => row.kind === RecordKind.Listen).map((row) => row.local_port)
    expect([listens(ofA), listens(ofB)]).toEqual([[atA.port, nobody], [atB.port]])
    expect(ofA.probe.counters()).toMatchObject({
      records_close: 450,
      records_listen: 2,
      records_unlisten: 1,
      resets_sent: 4,
      resets_without_socket: 4,
      resets_received: 0,
    })
    expect(ofB.probe.counters()).toMatchObject({
      records_close: 394,
      records_listen: 1,
      resets_sent: 0,
      resets_received: 4,
    })

    const cookies = (rows: RecordRow[]) => rows.map((row) => row.cookie!).sort((x, y) => x - y)
    const truth = cookies([...endsA, ...endsB])
    const inEither = (row: RecordRow) => closed(row) && (row.netns === a.inode || row.netns === b.inode)
    expect(cookies(await ofBoth.until(844, closed, 50))).toEqual(truth)
    expect(cookies(await ofAll.until(844, inEither, 50))).toEqual(truth)
    const host = await ofAll.until(600, (row) => closed(row) && [row.local_port, row.remote_port].includes(atHost.port))
    expect(host).toHaveLength(600)
  })

  it('walks its own namespaces only, and what waits in TIME_WAIT is in none', async () => {
    const [ofA, ofB, ofBoth] = await Promise.all([observe(a), observe(b), observe(a, b)])
    const atA = await inA.do('listen', { host: '::', hold: true })
    const atB = await inB.do('listen', { host: LOOPBACK, hold: true })
    const atHost = await onHost.do('listen', { host: LOOPBACK, hold: true })
    const short = await inA.do('listen', { host: '::', reply: 1 })
    const before: number[] = await inA.do('accepted')
    await inB.do('open', { host: '2001:db8::1', port: atA.port })
    await inB.do('open', { host: LOOPBACK, port: atB.port })
    await onHost.do('open', { host: LOOPBACK, port: atHost.port })
    await inB.do('request', { host: '2001:db8::1', port: short.port, send: 1, count: 20 })
    await acceptedSince(inA, before)
    await ofA.until(20, closed)
    expect(b.ip('-6 addr').includes('2001:db8::2')).toBe(true)
    expect(b.run('cat /proc/self/net/sockstat')).toMatch(/tw 20\b/)

    for (const observer of [ofA, ofB, ofBoth]) observer.clear()
    for (const [observer, namespaces] of [[ofA, 1] as const, [ofB, 1] as const, [ofBoth, 2] as const]) {
      expect(await observer.probe.walk()).toMatchObject({ namespaces, failed: 0 })
      observer.drain()
    }
    const shownA = [walkRow(Side.Server, a), listenerRow(a), listenerRow(a)]
    const shownB = [walkRow(Side.Client, b), walkRow(Side.Client, b), walkRow(Side.Server, b), listenerRow(b)]
    expect(shape(ofA.seen)).toEqual(shownA.sort())
    expect(shape(ofB.seen)).toEqual(shownB.sort())
    expect(shape(ofBoth.seen)).toEqual([...shownA, ...shownB].sort())
  })

  it('seeds connections and owners older than itself, of its own namespaces only', async () => {
    const atA = await inA.do('listen', { host: '0.0.0.0', hold: true })
    const atB = await inB.do('listen', { host: LOOPBACK, hold: true })
    const atHost = await onHost.do('listen', { host: LOOPBACK, hold: true })
    const before: number[] = await inA.do('accepted')
    const opened = await inB.do('open', { host: IN_A, port: atA.port })
    await inB.do('write', { id: opened.id, bytes: 77 })
    await inB.do('open', { host: LOOPBACK, port: atB.port })
    await onHost.do('open', { host: LOOPBACK, port: atHost.port })
    const accepted = await acceptedSince(inA, before)

    const [ofA, ofB] = await Promise.all([observe(a), observe(b)])
    ofA.drain()
    ofB.drain()
    expect(shape(ofA.seen)).toEqual([walkRow(Side.Server, a), listenerRow(a)].sort())
    expect(shape(ofB.seen)).toEqual(
      [walkRow(Side.Client, b), walkRow(Side.Client, b), walkRow(Side.Server, b), listenerRow(b)].sort(),
    )
    expect(ofA.probe.counters().owners_seeded).toBe(2)
    expect(ofB.probe.counters().owners_seeded).toBe(4)
    const old = { flags: RecordFlag.Preexisting, side_source: SideSource.Walk, owner_source: OwnerSource.Walk }
    const [server] = ofA.seen.filter((row) => row.kind === RecordKind.Walk)
    expect(server).toMatchObject({ ...old, pid: inA.pid, comm: 'hw-in-a', bytes_received: 77 })
    const client = ofB.seen.find((row) => row.remote_port === atA.port)
    expect(client).toMatchObject({ ...old, pid: inB.pid, comm: 'hw-in-b', bytes_sent: 77 })

    await inA.do('reset', { id: accepted[0] })
    const [ended] = await ofB.until(1, (row) => closed(row) && row.remote_port === atA.port)
    expect(ended).toMatchObject({ cookie: client!.cookie, pid: inB.pid, flags: RecordFlag.Preexisting, resets_rx: 1 })
    expect(ofB.probe.counters()).toMatchObject({ resets_received: 1, resets_sent: 0 })
    const [aborted] = await ofA.until(1, closed)
    expect(aborted).toMatchObject({ cookie: server!.cookie, resets_tx: 1, resets_rx: 0 })
  })

  it('walks a namespace in which no process lives', async () => {
    const { id, port } = await inA.do('listen', { host: '0.0.0.0' })
    const server = await inA.handOver(id)
    await inA.stop()
    const connection = once(server, 'connection')
    try {
      const opened = await inB.do('open', { host: IN_A, port })
      const [socket] = await connection
      expect(a.run('cat /proc/self/net/sockstat')).toContain('TCP: inuse 2')
      const observer = await observe(a)
      observer.drain()
      expect(shape(observer.seen)).toEqual([walkRow(Side.Server, a), listenerRow(a)].sort())
      expect(observer.seen.every((row) => row.local_port === port && row.pid === process.pid)).toBe(true)

      await inB.do('write', { id: opened.id, bytes: 500 })
      await sleep(50)
      expect(await observer.probe.walk()).toMatchObject({ namespaces: 1, failed: 0 })
      observer.drain()
      expect(observer.seen.at(-1)).toMatchObject({ kind: RecordKind.Walk, bytes_received: 500, netns: a.inode })
      socket.destroy()
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('passes by a namespace without a TCP socket, and counts it', async () => {
    const observer = await observe(a)
    expect(await observer.probe.walk()).toMatchObject({ namespaces: 0, failed: 0 })
    expect(observer.probe.counters()).toMatchObject({ walk_namespaces_skipped: 2, records_walk: 0 })
  })

  const ofWire = (...addresses: string[]) => [LOOPBACK, '::1', ...addresses].sort()
  /** Without those that the kernel makes of the hardware's. */
  const addressesOf = (found: { netns: number; addresses: string[] }[], { inode }: { inode: number }) =>
    found
      .filter(({ netns }) => netns === inode)
      .map(({ addresses }) => addresses.filter((address) => !address.startsWith('fe80:')).sort())

  it('reads the addresses of exactly its namespaces, with and without sockets', async () => {
    const bare = new TestNamespace()
    try {
      bare.ip('link add wire0 type veth peer name wire1')
      bare.ip('addr add 198.51.100.1/24 dev wire0')
      const { probe } = await observe(a, bare, a)
      const found = await probe.addresses()
      expect(found.map(({ netns }) => netns)).toEqual([a.inode, bare.inode])
      expect(addressesOf(found, a)).toEqual([ofWire(IN_A, '2001:db8::1')])
      // Its interfaces are down.
      expect(addressesOf(found, bare)).toEqual([[]])
      // Up, without a carrier.
      bare.ip('link set wire0 up')
      a.ip('addr add 203.0.113.7/32 dev lo')
      const again = await probe.addresses()
      expect(addressesOf(again, bare)).toEqual([['198.51.100.1']])
      expect(addressesOf(again, a)).toEqual([ofWire(IN_A, '2001:db8::1', '203.0.113.7')])
      expect(probe.counters()).toMatchObject({
        addresses_namespaces_failed: 0,
        addresses_namespaces_skipped: 0,
        addresses_over_limit: 0,
      })
    } finally {
      bare.remove()
    }
  })

  it('without a limit reads those of the namespaces that a walk visits', async () => {
    await inB.do('listen', { host: LOOPBACK })
    await onHost.do('listen', { host: LOOPBACK })
    const { probe } = await observe()
    const found = await probe.addresses()
    expect(addressesOf(found, b)).toEqual([ofWire(IN_B, '2001:db8::2')])
    // A process lives there, but no TCP socket.
    expect(addressesOf(found, a)).toEqual([])
    expect(new Set(found.map(({ netns }) => netns)).size).toBe(found.length)
    const own = statSync('/proc/self/ns/net').ino
    const shown = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
    expect(found.find(({ netns }) => netns === own)?.addresses).toEqual(expect.arrayContaining(shown))
  })

  it('readings of addresses called at once are one; after the close there are none', async () => {
    const { probe } = await observe(a)
    const [one, two] = await Promise.all([probe.addresses(), probe.addresses(), probe.walk()])
    expect(one).toBe(two)
    await probe.close()
    await expect(probe.addresses()).rejects.toThrow('not open')
  })

  /** Files of this process that are that namespace. */
  const heldHere = ({ inode }: TestNamespace) =>
    readdirSync('/proc/self/fd').filter((fd) => {
      const file = statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false })
      return file?.ino === inode && file.dev === statSync('/proc/self/ns/net').dev
    }).length

  it('holds a namespace that is deleted until it is closed, and then lets go of it', async () => {
    const { probe } = await observe(a, a)
    expect(heldHere(a)).toBe(1)
    await inA.stop()
    a.remove()
    expect(addressesOf(await probe.addresses(), a)).toEqual([ofWire(IN_A, '2001:db8::1')])
    await probe.close()
    expect(heldHere(a)).toBe(0)
    // With the namespace goes its end of the wire, and so the other end.
    for (let wait = 0; wait < 300 && b.ip('-o link').includes('wire1'); wait++) await sleep(20)
    expect(b.ip('-o link')).not.toContain('wire1')
  })

  it('names the path that it cannot observe, why, and what mends it', async () => {
    const folder = join(dirname(a.path), 'bad')
    mkdirSync(folder)
    writeFileSync(join(folder, 'file'), '')
    symlinkSync('/nowhere', join(folder, 'dangling'))
    a.run(`mkfifo ${join(folder, 'pipe')}`)
    const bad: [path: string, what: string][] = [
      ['/run/netns/none-of-this-name', 'it does not exist'],
      ['/proc/4194304/ns/net', 'it does not exist'],
      [join(folder, 'dangling'), 'it does not exist'],
      [join(folder, 'file', 'net'), 'it cannot be opened (Not a directory)'],
      [join(folder, 'file'), 'it is no network namespace (what `ip netns` made may be gone, and its file left)'],
      // Opening it would wait for a writer.
      [join(folder, 'pipe'), 'it is no network namespace'],
      [folder, 'it is no network namespace'],
      ['/dev/null', 'it is no network namespace'],
      ['/proc/self/ns/mnt', 'it is no network namespace, but a mount namespace'],
      ['/proc/self/ns/user', 'it is no network namespace, but a user namespace'],
    ]
    try {
      for (const [path, what] of bad) {
        const probe = createProbe({ namespaces: [a.path, path] })
        const error: ProbeError = await probe.open().then(
          () => expect.fail(`${path} was taken`),
          (error) => error,
        )
        expect(error).toMatchObject({ name: 'ProbeError', code: 'bad-namespace' })
        expect(error.message).toContain(`${path} cannot be observed: ${what}`)
        expect(error.fix).toContain('/run/netns/NAME')
        await probe.close()
      }
      expect(heldHere(a)).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  /** Runs a module without some right, and gives what it prints. */
  function without(right: string[], source: string): { [name: string]: never } {
    const [command = '', ...args] = [...right, process.execPath, '--input-type=module', '-e', source]
    const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  it('says so where a namespace may not be looked at', () => {
    const source = `import { createProbe } from ${JSON.stringify(dist)}
      await createProbe({ namespaces: ['/proc/1/ns/net'] }).open().catch(({ message, code, fix }) =>
        console.log(JSON.stringify({ message, code, fix })))`
    const error = without(['setpriv', '--reuid=65534', '--clear-groups'], source)
    expect(error.code).toBe('no-privilege')
    expect(error.message).toContain('/proc/1/ns/net cannot be observed: it may not be opened (Permission denied)')
    expect(error.fix).toContain('SYS_PTRACE')
  })

  it('without the right to enter namespaces still tells of its closes, and walks its own if that is among them', () => {
    const source = `import { createProbe } from ${JSON.stringify(dist)}
      import { createServer } from 'node:net'
      await new Promise((resolve) => createServer().listen(0, '127.0.0.1', resolve))
      const tell = async (namespaces) => {
        const probe = createProbe({ namespaces, slots: 64 })
        await probe.open()
        const { namespaces: walked, failed } = await probe.walk()
        const addresses = (await probe.addresses()).length
        const missing = probe.capabilities().filter(({ ok }) => !ok).map(({ name }) => name)
        await probe.close()
        return { walked, failed, addresses, missing }
      }
      console.log(JSON.stringify({ other: await tell([${JSON.stringify(a.path)}]), own: await tell(['/proc/self/ns/net']) }))
      process.exit()`
    const { other, own } = without(['setpriv', '--bounding-set=-sys_admin'], source)
    const missing = expect.arrayContaining(['network_namespaces'])
    expect(other).toEqual({ walked: 0, failed: 0, addresses: 0, missing })
    expect(own).toEqual({ walked: 1, failed: 0, addresses: 1, missing })
  })

  it('costs an unlimited probe nothing: the verifier removes the look-up', async () => {
    const programs = async (namespaces: string[]) => {
      const native = new (addon().NativeProbe)({
        profile: 2,
        slots: 64,
        ringBytes: 65_536,
        maxListeners: 64,
        keepAliveMs: 60_000,
        maxConversations: 64,
        conversationIdleMs: 60_000,
        dns: true,
        dnsRingBytes: 65_536,
        objectDirectory,
        namespaces,
      })
      expect((await native.open()).code).toBe('')
      const bytes = native
        .inventory()
        .flatMap(({ type, instructionBytes }) => (type === 'program' ? instructionBytes : []))
      await native.close()
      return bytes
    }
    const [all, limited] = [await programs([]), await programs([a.path])]
    expect(all).toHaveLength(23)
    // Two loads for the inode, and the call with its arguments: instructions have 8 bytes. Fork and exec are
    // about processes, the drain of UDP asks of no socket, and a slot is made for none but those observed.
    const added = all.map((bytes, i) => limited[i]! - bytes)
    expect(added.filter((bytes) => bytes === 0)).toHaveLength(4)
    for (const bytes of added.filter((bytes) => bytes !== 0)) expect(bytes).toBeGreaterThan(8 * 8)
  })
})
