import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProbe, type Probe, RecordFlag, RecordKind } from '../src/index.js'
import { TestNamespace, wire } from '../src/testing/index.js'
import { cannotProbe, Observer } from './observe.js'
import { startPeer } from './peers.js'
import { compiled, Program } from './programs.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP losses: ${reason}`)

describe.skipIf(reason)('what a probe loses', () => {
  let probe: Probe | undefined

  afterEach(() => probe?.close())

  it('of a full table counts as such, and as nothing else', async () => {
    const peer = await startPeer('hw-losses', { netns: 'new' })
    try {
      probe = createProbe({ slots: 1024, ringBytes: 65_536, maxListeners: 2, namespaces: [`/proc/${peer.pid}/ns/net`] })
      await probe.open()
      expect(probe.losses()).toEqual({})
      for (let n = 0; n < 5; n++) await peer.do('listen', { host: '127.0.0.1', port: 0, hold: true })
      expect(probe.losses()).toEqual({ listeners_full: 3 })
      await probe.walk()
      // The walk tries again for each that has no entry.
      expect(Object.keys(probe.losses())).toEqual(['listeners_full'])
    } finally {
      await peer.stop()
    }
  })

  it('stays told after its end', async () => {
    const peer = await startPeer('hw-losses', { netns: 'new' })
    try {
      probe = createProbe({ slots: 64, ringBytes: 65_536, namespaces: [`/proc/${peer.pid}/ns/net`] })
      await probe.open()
      const { port } = await peer.do('listen', { host: '127.0.0.1', port: 0, hold: true })
      for (let n = 0; n < 80; n++) await peer.do('open', { host: '127.0.0.1', port })
      const { slots_taken } = probe.losses()
      expect(slots_taken).toBeGreaterThanOrEqual(161 - 64)
      await probe.close()
      expect(probe.losses().slots_taken).toBeGreaterThanOrEqual(slots_taken as number)
    } finally {
      await peer.stop()
    }
  })
})

describe.skipIf(reason)('a server whose place others have taken', () => {
  /** hw_listening in bpf/maps.h. */
  const ROOM = 4096
  let ns: TestNamespace
  let observer: Observer
  let others: Program | undefined

  beforeEach(async () => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
    observer = await Observer.start({ profile: 'tcp', namespaces: [ns.path], ringBytes: 1 << 24 })
  })
  afterEach(async () => {
    others?.stop()
    await observer?.probe.close()
    ns.remove()
  })

  it('is counted when a walk misses it, and passes for one that has just forked', { timeout: 60_000 }, async () => {
    const { probe } = observer
    const peer = await startPeer('hw-evicted', { netns: ns.path })
    try {
      const { port } = await peer.do('listen', { host: '127.0.0.1', port: 0, hold: true })
      // A walk would have met it, and the table evicts what was met last.
      others = new Program(compiled('servers'), ['come-and-go', 3 * ROOM], ns.path)
      await others.line()
      observer.clear()
      await probe.walk()
      expect(probe.losses()).toEqual({ listening_evicted: 1 })
      const opened = await peer.do('open', { host: '127.0.0.1', port })
      await peer.do('reset', { id: opened.id })
      const [close] = await observer.until(1, (row) => row.kind === RecordKind.Close && row.local_port === port)
      expect(close!.flags).toBe(RecordFlag.OwnerUncertain)
      // It is there again.
      await probe.walk()
      expect(probe.losses()).toEqual({ listening_evicted: 1 })
    } finally {
      await peer.stop()
    }
  })
})

describe.skipIf(reason)('dropped handshakes that nobody asks for', () => {
  const [HERE, THERE] = ['192.0.2.1', '192.0.2.2']
  /** hw_handshake_drops in bpf/maps.h. */
  const ROOM = 1024
  const SENT = 3000
  let here: TestNamespace
  let there: TestNamespace
  let observer: Observer
  let client: Program | undefined

  beforeEach(async () => {
    here = new TestNamespace()
    there = new TestNamespace()
    wire(here, there, [[`${HERE}/24`, `${THERE}/24`]])
    there.run('iptables -A INPUT -p tcp --dport 9 -j DROP')
    observer = await Observer.start({ namespaces: [there.path], slots: 64 })
  })
  afterEach(async () => {
    client?.stop()
    await observer?.probe.close()
    here.remove()
    there.remove()
  })

  it('are evicted from their table, and counted', async () => {
    client = new Program(compiled('clients'), ['attempts', THERE, 9, SENT], here.path)
    await client.line()
    const { probe } = observer
    await expect.poll(() => probe.counters().handshakes_noted).toBe(SENT)
    const { handshakes_evicted, handshakes_taken } = probe.counters()
    expect(handshakes_taken).toBe(0)
    // What of its room the table keeps free, by CPU, is the kernel's choice.
    expect(handshakes_evicted).toBeGreaterThanOrEqual(SENT - ROOM)
    expect(handshakes_evicted).toBeLessThan(SENT)
    expect(probe.counters().handshakes_evicted).toBe(handshakes_evicted)
    expect(probe.losses()).toEqual({ handshakes_evicted })
  })
})
