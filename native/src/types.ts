/** One field of a kernel record: byte offset and size within the record's stride. */
export interface Field {
  name: string
  offset: number
  size: number
  kind: 'u8' | 'u16' | 'u32' | 'u64' | 'bytes' | 'string'
}

/** The layout of the records, compiled from bpf/flow.h into the addon. `stride` is the bytes from one record to the next. */
export interface Layout {
  version: number
  stride: number
  fields: Field[]
}

/** What the probe needs of a logger; the logger of @headwater/contracts fits. */
export interface ProbeLogger {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
}

export interface ProbeOptions {
  /** Sockets whose owner and times are kept at once; a power of two from 64 up. Default 131072 (see native/README.md for the memory). */
  slots?: number
  /** Size of the ring between kernel and agent in bytes; a power of two from 65536 up. Default 4 MiB. */
  ringBytes?: number
  /** Listening (namespace, address, port) triples kept at once. Default 4096. */
  maxListeners?: number
  /** How often a walk repeats the record of an unchanged socket, in ms. Default 60000. */
  keepAliveMs?: number
  /**
   * Network namespaces to observe, as absolute paths such as /run/netns/NAME or /proc/PID/ns/net; at most 1024. Sockets of others are
   * passed by. The probe holds them: one that is deleted meanwhile lives on until the probe is closed. Default: all.
   */
  namespaces?: readonly string[]
  logger?: ProbeLogger
}

/** A column as a strided view: element i is `array[first + i * step]`. */
export interface StridedColumn<A> {
  array: A
  first: number
  step: number
}

/** The records of one `consume`: columns are views into one buffer, nothing is copied. */
export interface Records {
  readonly length: number
  readonly buffer: ArrayBuffer
  /** Bytes from one record to the next. */
  readonly stride: number
  u8(name: string): StridedColumn<Uint8Array>
  u16(name: string): StridedColumn<Uint16Array>
  u32(name: string): StridedColumn<Uint32Array>
  /** Low and high words of a u64: `lo + hi * 2 ** 32` is exact up to 2^53. */
  u64(name: string): { lo: StridedColumn<Uint32Array>; hi: StridedColumn<Uint32Array> }
  u64Big(name: string): StridedColumn<BigUint64Array>
  /** The bytes of field `name` of record i, as a view. */
  bytes(name: string, i: number): Uint8Array
  /** The text of field `name` of record i up to its NUL: UTF-8, what is not and control characters become U+FFFD. */
  string(name: string, i: number): string
}

/**
 * Cumulative counts since `open`. Names: those of `HW_COUNTERS` in bpf/flow.h, `recursion_misses` (runs that the kernel skipped,
 * in sum), `recursion_misses.<program>`, those of the walk (`walk_namespaces_vanished`, ...), and those of `addresses`
 * (`addresses_namespaces_vanished`, ...).
 */
export interface KernelCounters {
  [name: string]: number
}

/** One thing the probe can do on this machine, or why not. */
export interface Capability {
  name: string
  ok: boolean
  required: boolean
  /** The kernel's words where it failed; empty where it works. */
  reason: string
  /** What cannot be seen without it. */
  lost: string
  /** How to mend it. */
  fix: string
}

export interface WalkResult {
  /** Network namespaces walked. */
  namespaces: number
  /** Network namespaces that could not be entered or read to the end. */
  failed: number
  durationMs: number
}

/** The interfaces of one network namespace. */
export interface NamespaceAddresses {
  /** Inode of the network namespace. */
  netns: number
  /** IPv4 and IPv6 addresses of the interfaces that are up, as text, without zone. */
  addresses: string[]
}

export interface Probe {
  readonly layout: Layout
  /**
   * Loads and attaches, then seeds what was there before (owners, then a first walk). Throws `ProbeError` when a required program
   * fails, or one of `namespaces` cannot be opened.
   */
  open(): Promise<void>
  /** Drains at most `maxRecords` (default 65536) from the ring into one buffer, without waiting; undefined when it is empty. */
  consume(maxRecords?: number): Records | undefined
  /** Emits a record for each live connection that changed and for each listener, into the ring. One walk at a time: a second call joins the first. */
  walk(): Promise<WalkResult>
  /**
   * The interface addresses of each network namespace that the probe observes: those of `namespaces`, also without any socket; without
   * that limit those that a walk visits. One that cannot be entered is left out and counted. One reading at a time: a second call
   * joins the first.
   */
  addresses(): Promise<NamespaceAddresses[]>
  capabilities(): Capability[]
  counters(): KernelCounters
  /** What to add to a BOOTTIME in ms to get Unix ms; read anew at each call. */
  bootOffsetMs(): number
  /** Detaches everything and frees it; may be called twice. */
  close(): Promise<void>
}

export type ProbeErrorCode =
  | 'unsupported'
  | 'no-btf'
  | 'no-privilege'
  | 'no-libbpf'
  | 'load-failed'
  | 'layout'
  /** A path of `namespaces` leads to no network namespace. */
  | 'bad-namespace'
