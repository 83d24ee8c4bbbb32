import { addon, type NativeProbe, objectDirectory } from './addon.js'
import { ProbeError } from './errors.js'
import { lossesIn } from './losses.js'
import { type CheckedOptions, checkOptions } from './options.js'
import { RingReader } from './ring-reader.js'
import type {
  Capability,
  KernelCounters,
  KernelLimit,
  KernelObject,
  Layout,
  NamespaceAddresses,
  Probe,
  ProbeCost,
  ProbeErrorCode,
  ProbeLogger,
  ProbeOptions,
  Records,
  WalkResult,
} from './types.js'

/** Some 400 KB of records: they stay in a core's own cache until they are read. */
const DEFAULT_MAX_RECORDS = 1024

/** A probe, not yet open: nothing is loaded before `open`. Throws RangeError for an option out of range. */
export function createProbe(options: ProbeOptions = {}): Probe {
  return new KernelProbe(checkOptions(options), options.logger)
}

/** Loads every program, closes them again and tells what works here. Never throws for what the machine lacks. */
export async function checkCapabilities(): Promise<Capability[]> {
  const probe = createProbe({ profile: 'full', slots: 64, ringBytes: 65_536 })
  try {
    await probe.open()
    return probe.capabilities()
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error
    if (error.capabilities.some((capability) => !capability.ok)) return error.capabilities
    const addonFailed = { name: 'addon', ok: false, required: true, reason: error.message, lost: 'everything' }
    return [...error.capabilities, { ...addonFailed, fix: error.fix }]
  } finally {
    await probe.close()
  }
}

class KernelProbe implements Probe {
  readonly #options: CheckedOptions
  readonly #logger: ProbeLogger | undefined
  #native: NativeProbe | undefined
  #ring: RingReader | undefined
  #dnsRing: RingReader | undefined
  #kernelBytes = 0
  /** Rings of which it was said that they have records of another length. */
  readonly #malformed = new Set<string>()
  #opening: Promise<void> | undefined
  #walking: Promise<WalkResult> | undefined
  #reading: Promise<NamespaceAddresses[]> | undefined
  #readingLimits: Promise<KernelLimit[]> | undefined
  #closing: Promise<void> | undefined

  constructor(options: CheckedOptions, logger: ProbeLogger | undefined) {
    this.#options = options
    this.#logger = logger
  }

  get layout(): Layout {
    return addon().layout
  }

  get dnsLayout(): Layout {
    return addon().dnsLayout
  }

  open(): Promise<void> {
    if (this.#closing) return Promise.reject(new Error('the probe is closed: create another'))
    this.#opening ??= this.#open()
    return this.#opening
  }

  async #open(): Promise<void> {
    const native = new (addon().NativeProbe)({ ...this.#options, objectDirectory })
    const { code, message, fix } = await native.open()
    if (code) throw new ProbeError(code as ProbeErrorCode, message, fix, native.capabilities())
    this.#native = native
    const { ringBytes, dnsRingBytes } = this.#options
    this.#ring = new RingReader(this.layout, ringBytes, (into, malformed) => native.consume(into, malformed))
    this.#dnsRing = new RingReader(this.dnsLayout, dnsRingBytes, (into, malformed) =>
      native.consumeDns(into, malformed),
    )
    for (const { name, ok, reason, lost, fix } of native.capabilities()) {
      if (!ok) this.#logger?.warn('a capability is missing', { capability: name, reason, lost, fix })
    }
  }

  consume(maxRecords = DEFAULT_MAX_RECORDS): Records | undefined {
    return this.#read('ring', this.#ring, maxRecords)
  }

  consumeDns(maxRecords = DEFAULT_MAX_RECORDS): Records | undefined {
    return this.#read('ring of DNS messages', this.#dnsRing, maxRecords)
  }

  #read(name: string, ring: RingReader | undefined, maxRecords: number): Records | undefined {
    if (!Number.isInteger(maxRecords) || maxRecords < 1 || maxRecords > 2 ** 24) {
      throw new RangeError(`maxRecords is ${maxRecords}; allowed are whole numbers from 1 to ${2 ** 24}`)
    }
    if (ring === undefined || this.#closing) return undefined
    const records = ring.read(maxRecords)
    if (ring.malformed > 0 && !this.#malformed.has(name)) {
      this.#malformed.add(name)
      this.#logger?.warn(
        `records in the ${name} have another length than this agent's: they are passed by, and counted as ring_malformed and dns_ring_malformed. Another program writes to the ring: see that no other version of the agent has its maps, and start this one again`,
        { expected_bytes: ring.stride, records: ring.malformed },
      )
    }
    return records
  }

  walk(): Promise<WalkResult> {
    const native = this.#native
    if (!native || this.#closing) return Promise.reject(new Error('the probe is not open'))
    this.#walking ??= native.walk().finally(() => {
      this.#walking = undefined
    })
    return this.#walking
  }

  addresses(): Promise<NamespaceAddresses[]> {
    const native = this.#native
    if (!native || this.#closing) return Promise.reject(new Error('the probe is not open'))
    this.#reading ??= native.addresses().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  limits(): Promise<KernelLimit[]> {
    const native = this.#native
    if (!native || this.#closing) return Promise.reject(new Error('the probe is not open'))
    this.#readingLimits ??= native.limits().finally(() => {
      this.#readingLimits = undefined
    })
    return this.#readingLimits
  }

  async detach(programs: readonly string[], { reason, fix }: { reason: string; fix: string }): Promise<void> {
    if (!this.#native || this.#closing) throw new Error('the probe is not open')
    await this.#native.detach(programs, reason, fix)
  }

  async attach(programs: readonly string[]): Promise<void> {
    if (!this.#native || this.#closing) throw new Error('the probe is not open')
    await this.#native.attach(programs)
  }

  capabilities(): Capability[] {
    return this.#native?.capabilities() ?? []
  }

  counters(): KernelCounters {
    return this.#native?.counters() ?? {}
  }

  losses(counters = this.counters()): KernelCounters {
    return lossesIn(counters, addon().constants.losses ?? {})
  }

  inventory(): KernelObject[] {
    const held = this.#native?.inventory() ?? []
    // Programs share their maps.
    return held.filter(({ type, id }, i) => held.findIndex((other) => other.type === type && other.id === id) === i)
  }

  cost(): ProbeCost {
    const { bytes, peakBytes } = this.#native?.ringUse() ?? { bytes: 0, peakBytes: 0 }
    const programs = this.#native?.runs() ?? []
    // It looks at each map in /proc; they have their size from the start.
    if (this.#kernelBytes === 0) this.#kernelBytes = this.inventory().reduce((sum, o) => sum + o.memoryBytes, 0)
    return { ringBytes: bytes, ringPeakBytes: peakBytes, kernelBytes: this.#kernelBytes, programs }
  }

  bootOffsetMs(): number {
    return addon().bootOffsetMs()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    await this.#native?.close()
  }
}
