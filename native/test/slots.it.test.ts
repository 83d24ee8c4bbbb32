// Slots under a storm, at the default sizes (bpf/slot.h).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProbe, type Probe, RecordKind, Side } from '../src/index.js'
import { buildLoad, Load, TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer } from './observe.js'
import { acceptedSince, type Peer, startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP slots: ${reason}`)

const HOST = '127.0.0.1'
const SLOTS = 131_072
const LONG = 20

describe.skipIf(reason)('a long connection among short ones', { timeout: 120_000 }, () => {
  let ns: TestNamespace
  let load: Load
  let peer: Peer
  let probe: Probe

  beforeAll(async () => {
    buildLoad()
    ns = new TestNamespace()
    ns.ip('link set lo up')
    load = await Load.start({ address: HOST, client: ns.path, server: ns.path })
    peer = await startPeer('hw-long', { netns: ns.path })
    probe = createProbe({ profile: 'tcp', namespaces: [ns.path] })
    await probe.open()
  })
  afterAll(async () => {
    await probe?.close()
    await Promise.all([load?.stop(), peer?.stop()])
    ns?.remove()
  })

  it(`keeps its slot while twice ${SLOTS} others come and go, so its close tells all of it without a walk`, async () => {
    const before: number[] = await peer.do('accepted')
    const { port } = await peer.do('listen', { host: HOST, hold: true })
    const opened: { id: number; port: number }[] = []
    for (let i = 0; i < LONG; i++) {
      const each = await peer.do('open', { host: HOST, port })
      await peer.do('write', { id: each.id, bytes: 1000 + i })
      opened.push(each)
    }
    await acceptedSince(peer, before)

    // Nobody reads what the storm tells: the ring is emptied.
    const reader = setInterval(() => {
      while (probe.consume());
    }, 10)
    let sockets = 0
    try {
      while (sockets < 2 * SLOTS) sockets += 2 * (await load.run('storm', 2)).operations
    } finally {
      clearInterval(reader)
    }

    const observer = new Observer(probe)
    observer.clear()
    for (const { id } of opened) {
      await peer.do('write', { id, bytes: 7 })
      await peer.do('reset', { id })
    }
    const seen = await observer.until(2 * LONG, (row) => row.remote_port === port || row.local_port === port)
    const closes = seen.filter(({ kind }) => kind === RecordKind.Close)
    expect(closes).toHaveLength(2 * LONG)
    for (const [i, { port: own }] of opened.entries()) {
      const known = { pid: peer.pid, comm: 'hw-long', flags: 0 }
      const client = closes.find((row) => row.local_port === own)
      expect(client).toMatchObject({ ...known, side: Side.Client, bytes_sent: 1007 + i, bytes_received: 0 })
      expect(client!.connect_us).toBeGreaterThan(0)
      const server = closes.find((row) => row.remote_port === own)
      expect(server).toMatchObject({ ...known, side: Side.Server, bytes_sent: 0, bytes_received: 1007 + i })
    }
    expect(probe.counters()).toMatchObject({ slots_taken: 0, closes_without_slot: 0, walk_slot_passes: 0 })
    expect(probe.losses().slots_taken).toBeUndefined()
  })
})
