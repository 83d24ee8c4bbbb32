import { type Probe, RecordKind } from '@headwater/native'
import { vi } from 'vitest'
import { ownInterfaces } from '../endpoints/interfaces.js'
import { Loop, type LoopOptions } from '../loop.js'
import type { Parcel } from '../outbox/queue.js'
import { Pipeline } from '../pipeline.js'
import { Tally } from '../report/tally.js'
import { dnsRecords, type Message } from './dns-records.js'
import { dnsLayout, flowLayout } from './flow-layout.js'
import { recordingLogger } from './logger.js'
import { syntheticRecords } from './synthetic-records.js'

/** A probe whose ring the test fills, and that fails when told to: faults that a kernel does not make on demand. */
class RingOfTest implements Probe {
  readonly layout = flowLayout()
  readonly dnsLayout = dnsLayout()
  messages: Message[] = []
  ring: Record<string, number>[] = []
  consumed = 0
  walks = 0
  failing: 'consume' | 'walk' | undefined
  slotPasses = 0
  async open() {}
  async close() {}
  addresses = async () => []
  capabilities = () => []
  counters = () => ({ walk_slot_passes: this.slotPasses })
  losses = () => ({})
  inventory = () => []
  limits = async () => []
  detach = async () => {}
  attach = async () => {}
  cost = () => ({ ringBytes: 0, ringPeakBytes: 0, kernelBytes: 0, programs: [] })
  bootOffsetMs = () => Date.now() - 1_000_000
  consumeDns() {
    const messages = this.messages.splice(0)
    return messages.length === 0 ? undefined : dnsRecords(messages)
  }
  consume() {
    this.consumed++
    if (this.failing === 'consume') throw new Error('ring unreadable')
    const records = this.ring.splice(0)
    return records.length === 0 ? undefined : syntheticRecords(records)
  }
  async walk() {
    this.walks++
    if (this.failing === 'walk') throw new Error('no iterator')
    this.ring.push({ ...record, kind: RecordKind.Walk, cookie: 1000 + this.walks })
    return { namespaces: 1, failed: 0, durationMs: 1 }
  }
}
/** A connection that has closed. */
export const record = {
  kind: RecordKind.Close,
  cookie: 1,
  time_ns: 5,
  established_ns: 1,
  side: 1,
  pid: 1,
  bytes_sent: 10,
}

export let probe: RingOfTest
export let parcels: Parcel[]
export let logger: ReturnType<typeof recordingLogger>
export let tally: Tally
export let selfPids: Set<number>
/** Whether the bus is there. */
export const bus = { connected: true }

/** A loop over that probe, at work. */
export function start(over: Partial<LoopOptions> = {}) {
  const pipeline = new Pipeline({
    identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
    instance: 'i',
    version: '0',
    maxConnections: 1024,
    selfPids: () => selfPids,
    tally,
    send: (p) => parcels.push(p),
    connected: () => bus.connected,
    readProc: () => undefined,
  })
  const failed: Error[] = []
  const loop = new Loop({
    probe,
    pipeline,
    interfaces: ownInterfaces,
    logger,
    intervalMs: 5000,
    flushMs: 500,
    reportMs: 10_000,
    report: () => {},
    onFailed: (e) => failed.push(e),
    ...over,
  })
  loop.start()
  return { loop, failed, pipeline }
}

/** Parcels of rows that were sent. */
export const flows = () => parcels.filter((p) => p.kind === 'flows').length

/** All anew, with a clock that stands still until it is advanced. */
export function setUp(): void {
  vi.useFakeTimers()
  probe = new RingOfTest()
  parcels = []
  logger = recordingLogger()
  tally = new Tally()
  selfPids = new Set()
  bus.connected = true
}
