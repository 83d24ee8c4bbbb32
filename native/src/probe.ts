import { addon, type NativeProbe, objectDirectory } from './addon.js'
import { ProbeError } from './errors.js'
import { type CheckedOptions, checkOptions } from './options.js'
import { RecordBatch } from './records.js'
import type {
  Capability,
  KernelCounters,
  Layout,
  NamespaceAddresses,
  Probe,
  ProbeErrorCode,
  ProbeLogger,
  ProbeOptions,
  Records,
  WalkResult,
} from './types.js'

const DEFAULT_MAX_RECORDS = 65_536

/** A probe, not yet open: nothing is loaded before `open`. Throws RangeError for an option out of range. */
export function createProbe(options: ProbeOptions = {}): Probe {
  return new KernelProbe(checkOptions(options), options.logger)
}

/** Loads every program, closes them again and tells what works here. Never throws for what the machine lacks. */
export async function checkCapabilities(): Promise<Capability[]> {
  const probe = createProbe({ slots: 64, ringBytes: 65_536 })
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
  #opening: Promise<void> | undefined
  #walking: Promise<WalkResult> | undefined
  #reading: Promise<NamespaceAddresses[]> | undefined
  #closing: Promise<void> | undefined

  constructor(options: CheckedOptions, logger: ProbeLogger | undefined) {
    this.#options = options
    this.#logger = logger
  }

  get layout(): Layout {
    return addon().layout
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
    for (const { name, ok, reason, lost, fix } of native.capabilities()) {
      if (!ok) this.#logger?.warn('a capability is missing', { capability: name, reason, lost, fix })
    }
  }

  consume(maxRecords = DEFAULT_MAX_RECORDS): Records | undefined {
    if (!Number.isInteger(maxRecords) || maxRecords < 1 || maxRecords > 2 ** 24) {
      throw new RangeError(`maxRecords is ${maxRecords}; allowed are whole numbers from 1 to ${2 ** 24}`)
    }
    if (this.#closing) return undefined
    const drained = this.#native?.consume(maxRecords)
    return drained && new RecordBatch(this.layout, drained.buffer, drained.length)
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

  capabilities(): Capability[] {
    return this.#native?.capabilities() ?? []
  }

  counters(): KernelCounters {
    return this.#native?.counters() ?? {}
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
