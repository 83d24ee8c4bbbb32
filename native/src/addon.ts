import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { NativeStep, RowSources } from './column-writer.js'
import { ProbeError } from './errors.js'
import { checkDnsLayout, checkLayout } from './layout.js'
import type {
  Capability,
  KernelLimit,
  KernelObject,
  Layout,
  NamespaceAddresses,
  ProgramRuns,
  WalkResult,
} from './types.js'

/** What addon/probe.cc exports. Internal: arguments are checked before they come here. */
export interface Addon {
  layout: Layout
  dnsLayout: Layout
  constants: Record<string, Record<string, number | string>>
  bootOffsetMs(): number
  objectExists(object: KernelObject): boolean
  resetReasons(): string[]
  dropReasons(): string[]
  namespaceProblem(path: string): Outcome
  giveBackMemory(): void
  keepLargeBlocksApart(): void
  NativeProbe: new (options: NativeOptions) => NativeProbe
  ColumnWriter: new (rows: NativeRows, steps: readonly NativeStep[]) => NativeColumnWriter
}

/** Bounds: bytes of a record, rows at once, rows of a column, elements that `entry` and `owner` may go to. */
export interface NativeRows extends RowSources {
  stride: number
  most: number
  rows: number
  entries: number
  owners: number
}

export interface NativeColumnWriter {
  write(records: Uint8Array, length: number, firstRow: number): number
}

/** How something went; `code` is empty when it went well. */
export interface Outcome {
  code: string
  message: string
  fix: string
}

export interface NativeOptions {
  /** Place in the list of profiles. */
  profile: number
  slots: number
  ringBytes: number
  maxListeners: number
  keepAliveMs: number
  maxConversations: number
  conversationIdleMs: number
  dns: boolean
  dnsRingBytes: number
  objectDirectory: string
  namespaces: readonly string[]
}

export interface NativeProbe {
  open(): Promise<Outcome>
  walk(): Promise<WalkResult>
  addresses(): Promise<NamespaceAddresses[]>
  detach(programs: readonly string[], reason: string, fix: string): Promise<void>
  attach(programs: readonly string[]): Promise<void>
  limits(): Promise<KernelLimit[]>
  close(): Promise<void>
  /** Fills `into`, which has room for whole records, and tells in the first of `malformed` how many of another length were passed by. */
  consume(into: Uint8Array, malformed: Uint32Array): number
  consumeDns(into: Uint8Array, malformed: Uint32Array): number
  capabilities(): Capability[]
  counters(): Record<string, number>
  inventory(): KernelObject[]
  runs(): ProgramRuns[]
  /** `peakBytes` since the last call. */
  ringUse(): { bytes: number; peakBytes: number }
}

const addonPath = fileURLToPath(new URL('../build/headwater.node', import.meta.url))

/** The kernel programs of @headwater/bpf. */
export const objectDirectory = fileURLToPath(new URL('../../bpf/build', import.meta.url))

let loaded: Addon | undefined

/** Loads the addon once; throws `ProbeError` with what mends it. */
export function addon(): Addon {
  loaded ??= load()
  return loaded
}

function load(): Addon {
  if (process.platform !== 'linux') {
    throw new ProbeError('unsupported', `the probe needs Linux; this is ${process.platform}`, 'run the agent on Linux')
  }
  if (!existsSync(addonPath)) {
    throw new ProbeError('load-failed', `${addonPath} is missing`, 'build it: npm run build -w @headwater/native')
  }
  let module: Addon
  try {
    module = createRequire(import.meta.url)(addonPath) as Addon
  } catch (cause) {
    throw loaderError(cause)
  }
  checkLayout(module.layout, module.constants)
  checkDnsLayout(module.dnsLayout)
  return module
}

/** The dynamic loader names the library that it lacks. */
export function loaderError(cause: unknown): ProbeError {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (message.includes('libbpf.so')) {
    return new ProbeError(
      'no-libbpf',
      `libbpf cannot be loaded: ${message}`,
      'install it: apt-get install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora)',
      [],
      { cause },
    )
  }
  const fix = 'build it anew on this machine: npm run build -w @headwater/native'
  return new ProbeError('load-failed', `the addon cannot be loaded: ${message}`, fix, [], { cause })
}
