import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProbe, type Probe } from '../src/index.js'
import { bpfStatistics, buildLoad, TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer } from './observe.js'
import { type Peer, startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP cost: ${reason}`)

const RECORD_BYTES = 300

describe.skipIf(reason)('what a probe takes', () => {
  let endStatistics: (() => Promise<void>) | undefined
  let ns: TestNamespace
  let peer: Peer
  let probe: Probe

  beforeAll(async () => {
    buildLoad()
    endStatistics = await bpfStatistics()
    ns = new TestNamespace()
    ns.ip('link set lo up')
    peer = await startPeer('hw-cost', { netns: ns.path })
    probe = createProbe({ slots: 1024, ringBytes: 65_536, namespaces: [ns.path] })
  })
  afterAll(async () => {
    await probe.close()
    await peer.stop()
    ns.remove()
    await endStatistics?.()
  })

  it('is nothing before it is open', () => {
    expect(probe.cost()).toEqual({ ringBytes: 0, ringPeakBytes: 0, kernelBytes: 0, programs: [] })
  })

  it('is its ring as the reader found it, told once, and what its programs ran', async () => {
    await probe.open()
    const observer = new Observer(probe)
    observer.drain()
    const before = probe.cost()
    expect(before.ringBytes).toBe(65_536)
    expect(before.kernelBytes).toBe(probe.inventory().reduce((sum, { memoryBytes }) => sum + memoryBytes, 0))
    const { port } = await peer.do('listen', { host: '127.0.0.1' })
    await peer.do('request', { host: '127.0.0.1', port, send: 1, count: 5 })
    const seen = await observer.until(5, (row) => row.remote_port === port)
    expect(seen).toHaveLength(5)
    const after = probe.cost()
    expect(after.ringPeakBytes).toBeGreaterThan(RECORD_BYTES)
    expect(after.ringPeakBytes).toBeLessThanOrEqual(after.ringBytes)
    expect(probe.cost().ringPeakBytes).toBe(0)

    const of = (cost: typeof after, name: string) => cost.programs.find((p) => p.name === name)
    const [states, statesBefore] = [of(after, 'inet_sock_set_state'), of(before, 'inet_sock_set_state')]
    // Each of the five changes its state ten times.
    expect((states?.runs ?? 0) - (statesBefore?.runs ?? 0)).toBeGreaterThanOrEqual(50)
    expect(states?.runNs).toBeGreaterThan(statesBefore?.runNs ?? 0)
    expect(states?.ownTime).toBe(false)
    expect(of(after, 'iter_tcp')?.ownTime).toBe(true)
  })
})
