import type { Profile } from './options.js'

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
  /**
   * Which programs are loaded. `tcp`: those for the life of connections, without work per packet or call; `standard` (the default):
   * also UDP and DNS, which packets of TCP pay for too, and those that run when there is trouble; `full`: also the two that learn at
   * its first IO which process serves a connection.
   */
  profile?: Profile
  /** Sockets whose owner and times are kept at once; a power of two from 64 up. Default 131072 (see native/README.md for the memory). */
  slots?: number
  /** Size of the ring between kernel and agent in bytes; a power of two from 65536 up. Default 4 MiB. */
  ringBytes?: number
  /** Listening (namespace, address, port) triples kept at once. Default 4096. */
  maxListeners?: number
  /** How often a walk repeats the record of an unchanged socket, in ms. Default 60000. */
  keepAliveMs?: number
  /** UDP conversations (one socket and one peer) kept at once; packets of others are counted. Default 32768. */
  maxConversations?: number
  /** Silence after which a UDP conversation has ended, in ms. Default 60000. */
  conversationIdleMs?: number
  /** Are DNS messages copied for `consumeDns`? Default true. */
  dns?: boolean
  /** Size of the ring of DNS messages in bytes; a power of two from 65536 up. Default 1 MiB. */
  dnsRingBytes?: number
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

/**
 * The records of one `consume`: columns are views into one buffer, nothing is copied. **Valid until the next `consume` of the same ring
 * only**: that fills the same buffer, and as a rule gives the same object with another `length`. Columns that were bound once stay bound
 * as long as the object is the same.
 */
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
 * in sum), `recursion_misses.<program>`, `ring_malformed` and `dns_ring_malformed` (records of another length), `handshakes_evicted` (dropped
 * handshakes that left their table before their attempt ended), those of the walk (`walk_namespaces_vanished`, ...), those of `addresses`
 * (`addresses_namespaces_vanished`, ...) and of `limits`, `owner_passes` (over the open files of all processes) and
 * `owners_unsettled` (1: the next walk is to begin with one, as soon as it may), `walk_slot_passes` (walks that went over slots,
 * since there were many network namespaces) and `walk_sockets_locked` (sockets that such walks had to look at again).
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

/** One thing that a probe holds in the kernel. */
export interface KernelObject {
  type: 'program' | 'map' | 'link'
  id: number
  /** A map's name; of programs and links the capability that they stand for. */
  name: string
  /** What the kernel charges for it; 0 for links. */
  memoryBytes: number
  /** Of a program: its instructions, after the verifier has removed those that are never reached; 0 of others. */
  instructionBytes: number
  /** Of a program: the instructions that the verifier went through (Linux 5.16 and later); 0 of others. */
  verifiedInstructions: number
  /** Of a program: how often it ran, and for how long in sum, while the kernel's BPF statistics were on. */
  runs: number
  runNs: number
}

/** How often a program ran and for how long in sum, while somebody had the kernel's BPF statistics on (`kernel.bpf_stats_enabled`). */
export interface ProgramRuns {
  /** Its capability. */
  name: string
  /** It runs in the probe's own time, which the CPU time of the process has already: walks. Others run in the time of whoever they observe. */
  ownTime: boolean
  runs: number
  runNs: number
}

/** What a probe takes. CPU time of its thread is the process's. */
export interface ProbeCost {
  ringBytes: number
  /** The most that was in the ring as its reader came, since the last call. */
  ringPeakBytes: number
  /** What the kernel charges for its programs and maps, as of the first call. */
  kernelBytes: number
  programs: ProgramRuns[]
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

/** Something of the kernel's that can run out. */
export interface KernelLimit {
  /**
   * `ports`: those that the kernel chooses from (net.ipv4.ip_local_port_range); `conntrack`: connections that netfilter follows;
   * `tcp-memory`, `udp-memory`: buffers of all sockets of the machine, in bytes.
   */
  kind: 'ports' | 'conntrack' | 'tcp-memory' | 'udp-memory'
  /** Inode of the network namespace; of the machine's figures that of the probe. */
  netns: number
  /** Of ports: the local address whose they are. '': of all its addresses together, and no more than that, where that is a tenth of them at most. */
  address: string
  used: number
  max: number
}

export interface Probe {
  readonly layout: Layout
  /** Of the records of `consumeDns`, compiled from bpf/dns.h. */
  readonly dnsLayout: Layout
  /**
   * Loads and attaches, then seeds what was there before (owners, then a first walk). Throws `ProbeError` when a required program
   * fails, or one of `namespaces` cannot be opened.
   */
  open(): Promise<void>
  /**
   * Drains at most `maxRecords` (default 1024) from the ring into its one buffer, without waiting; undefined when it is empty. What
   * the call before gave is overwritten.
   */
  consume(maxRecords?: number): Records | undefined
  /** The same for DNS messages: what went to and came from port 53 by UDP, the head of each message with who asks whom. */
  consumeDns(maxRecords?: number): Records | undefined
  /** Emits a record for each live connection that changed and for each listener, into the ring. One walk at a time: a second call joins the first. */
  walk(): Promise<WalkResult>
  /**
   * The interface addresses of each network namespace that the probe observes: those of `namespaces`, also without any socket; without
   * that limit those that a walk visits. One that cannot be entered is left out and counted. One reading at a time: a second call
   * joins the first.
   */
  addresses(): Promise<NamespaceAddresses[]>
  /**
   * What of the kernel's can run out in each network namespace that the probe observes, the nearest to its limit first. Where reading takes
   * long, what was read before is told again: it may take one 200th of a core. One reading at a time: a second call joins the first.
   */
  limits(): Promise<KernelLimit[]>
  /**
   * Detaches optional programs that run at others' events; they stay loaded. What is not attached, or cannot be, is passed by. Their
   * capabilities say why.
   */
  detach(programs: readonly string[], why: { reason: string; fix: string }): Promise<void>
  /** Attaches what `detach` detached, in the order given. */
  attach(programs: readonly string[]): Promise<void>
  capabilities(): Capability[]
  counters(): KernelCounters
  /**
   * Of `counters`, by default as they are now, those of what was lost or not told in time; without those that are 0. `recursion_misses` by
   * program only.
   */
  losses(counters?: KernelCounters): KernelCounters
  /** What it takes; all 0 before `open`. */
  cost(): ProbeCost
  /** What the probe holds in the kernel, each map once; empty before `open` and after `close`. */
  inventory(): KernelObject[]
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
