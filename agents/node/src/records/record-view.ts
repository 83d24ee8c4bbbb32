import type { Layout, Records, StridedColumn } from '@headwater/native'

export type U8 = StridedColumn<Uint8Array>
export type U16 = StridedColumn<Uint16Array>
export type U32 = StridedColumn<Uint32Array>
export type U64 = { lo: U32; hi: U32 }

export const TWO_32 = 2 ** 32

/** Element i of a column. */
export const at = (c: U8 | U16 | U32, i: number): number => c.array[c.first + i * c.step]!

/* The same for one type of array each: what is asked for each record is compiled to one load then. */
export const byteAt = ({ array, first, step }: U8, i: number): number => array[first + i * step]!
export const shortAt = ({ array, first, step }: U16, i: number): number => array[first + i * step]!
export const wordAt = ({ array, first, step }: U32, i: number): number => array[first + i * step]!

/** Element i of a 64-bit column as a number: exact up to 2^53. */
export const wide = (c: U64, i: number): number =>
  c.lo.array[c.lo.first + i * c.lo.step]! + c.hi.array[c.hi.first + i * c.hi.step]! * TWO_32

/** Element i of a column of microseconds, as whole ms that wrap at 2^32. */
export const waitedMs = (c: U64, i: number): number => Math.floor(wide(c, i) / 1000) >>> 0

/** Writes a whole number up to 2^53 as row `row` of a 64-bit column. */
export const setWide = (words: Uint32Array, row: number, value: number): void => {
  words[row * 2] = value
  words[row * 2 + 1] = value / TWO_32
}

/** A field of 32-bit words (an address, a text) of every record: word w of record i is `words[first + i * step + w]`. */
export interface WordField {
  words: Uint32Array
  first: number
  step: number
}

export function wordField(records: Records, layout: Layout, name: string): WordField {
  const field = layout.fields.find((f) => f.name === name)
  if (field === undefined || field.offset % 4 !== 0 || layout.stride !== records.stride)
    throw new TypeError(`records have no field ${name} of whole 32-bit words`)
  return { words: new Uint32Array(records.buffer), first: field.offset / 4, step: records.stride / 4 }
}

/** The fields of the kernel's records that rows are made of, bound once for all records of one `consume`. */
export class RecordView {
  /** From one record to the next, in 32-bit words. */
  readonly words: number
  readonly kind: U8
  readonly flags: U8
  readonly side: U8
  readonly sideSource: U8
  readonly ownerSource: U8
  readonly timeNs: U64
  readonly startNs: U64
  readonly establishedNs: U64
  readonly cookie: U64
  readonly conversation: U64
  readonly wireSent: U64
  readonly wireReceived: U64
  readonly icmpErrors: U32
  readonly netns: U32
  readonly localIp: WordField
  readonly remoteIp: WordField
  readonly localPort: U16
  readonly remotePort: U16
  readonly bytesSent: U64
  readonly bytesRetrans: U64
  readonly bytesReceived: U64
  readonly segsOut: U32
  readonly segsIn: U32
  readonly retransmits: U32
  readonly tcpHeaderLen: U32
  readonly connectUs: U32
  readonly clientIsn: U32
  readonly serverIsn: U32
  readonly err: U16
  readonly errSoft: U16
  readonly oldState: U8
  readonly resetsTx: U32
  readonly resetsRx: U32
  readonly pid: U32
  readonly cgroup: U64
  readonly comm: WordField
  readonly exe: WordField
  readonly backlog: U32
  readonly backlogMax: U32
  readonly drops: U32
  readonly busyUs: U64
  readonly rwndLimitedUs: U64
  readonly sndbufLimitedUs: U64
  readonly spuriousRetrans: U32
  readonly reorderings: U32
  readonly cePackets: U32
  readonly zeroWindowsTx: U32
  readonly zeroWindowsRx: U32
  readonly synRetrans: U32
  readonly handshakes: U32
  readonly dropReason: U16
  readonly resetReason: U8
  readonly uid: U32

  constructor(
    readonly records: Records,
    readonly layout: Layout,
  ) {
    const u8 = (name: string) => records.u8(name)
    const u16 = (name: string) => records.u16(name)
    const u32 = (name: string) => records.u32(name)
    const u64 = (name: string) => records.u64(name)
    this.words = records.stride / 4
    this.kind = u8('kind')
    this.flags = u8('flags')
    this.side = u8('side')
    this.sideSource = u8('side_source')
    this.ownerSource = u8('owner_source')
    this.timeNs = u64('time_ns')
    this.startNs = u64('start_ns')
    this.establishedNs = u64('established_ns')
    this.cookie = u64('cookie')
    this.conversation = u64('conversation')
    this.wireSent = u64('wire_sent')
    this.wireReceived = u64('wire_received')
    this.icmpErrors = u32('icmp_errors')
    this.netns = u32('netns')
    this.localIp = wordField(records, layout, 'local_ip')
    this.remoteIp = wordField(records, layout, 'remote_ip')
    this.localPort = u16('local_port')
    this.remotePort = u16('remote_port')
    this.bytesSent = u64('bytes_sent')
    this.bytesRetrans = u64('bytes_retrans')
    this.bytesReceived = u64('bytes_received')
    this.segsOut = u32('segs_out')
    this.segsIn = u32('segs_in')
    this.retransmits = u32('retransmits')
    this.tcpHeaderLen = u32('tcp_header_len')
    this.connectUs = u32('connect_us')
    this.clientIsn = u32('client_isn')
    this.serverIsn = u32('server_isn')
    this.err = u16('err')
    this.errSoft = u16('err_soft')
    this.oldState = u8('old_state')
    this.resetsTx = u32('resets_tx')
    this.resetsRx = u32('resets_rx')
    this.pid = u32('pid')
    this.cgroup = u64('cgroup_id')
    this.comm = wordField(records, layout, 'comm')
    this.exe = wordField(records, layout, 'exe')
    this.backlog = u32('backlog')
    this.backlogMax = u32('backlog_max')
    this.drops = u32('drops')
    this.busyUs = u64('busy_us')
    this.rwndLimitedUs = u64('rwnd_limited_us')
    this.sndbufLimitedUs = u64('sndbuf_limited_us')
    this.spuriousRetrans = u32('spurious_retrans')
    this.reorderings = u32('reorderings')
    this.cePackets = u32('ce_packets')
    this.zeroWindowsTx = u32('zero_windows_tx')
    this.zeroWindowsRx = u32('zero_windows_rx')
    this.synRetrans = u32('syn_retrans')
    this.handshakes = u32('handshakes')
    this.dropReason = u16('drop_reason')
    this.resetReason = u8('reset_reason')
    this.uid = u32('uid')
  }
}

/** What tells of the process behind a record; records of DNS messages have it too. */
export type OwnerView = Pick<
  RecordView,
  'records' | 'kind' | 'flags' | 'ownerSource' | 'timeNs' | 'startNs' | 'cgroup' | 'pid' | 'uid' | 'comm' | 'exe'
>
