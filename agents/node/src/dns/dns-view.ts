import type { Layout, Records } from '@headwater/native'
import {
  type OwnerView,
  type U8,
  type U16,
  type U32,
  type U64,
  type WordField,
  wordField,
} from '../records/record-view.js'

/** The fields of a DNS record, bound once for all records of one `consumeDns`. */
export class DnsView implements OwnerView {
  readonly kind: U8
  readonly flags: U8
  readonly answer: U8
  readonly ownerSource: U8
  readonly cookie: U64
  readonly timeNs: U64
  readonly startNs: U64
  readonly cgroup: U64
  readonly netns: U32
  readonly pid: U32
  readonly uid: U32
  readonly captured: U32
  readonly localPort: U16
  readonly remotePort: U16
  readonly comm: WordField
  readonly exe: WordField

  constructor(
    readonly records: Records,
    layout: Layout,
  ) {
    this.kind = records.u8('kind')
    this.flags = records.u8('flags')
    this.answer = records.u8('answer')
    this.ownerSource = records.u8('owner_source')
    this.cookie = records.u64('cookie')
    this.timeNs = records.u64('time_ns')
    this.startNs = records.u64('start_ns')
    this.cgroup = records.u64('cgroup_id')
    this.netns = records.u32('netns')
    this.pid = records.u32('pid')
    this.uid = records.u32('uid')
    this.captured = records.u32('captured')
    this.localPort = records.u16('local_port')
    this.remotePort = records.u16('remote_port')
    this.comm = wordField(records, layout, 'comm')
    this.exe = wordField(records, layout, 'exe')
  }

  /** The message of a record, as far as it was copied. */
  message(i: number, captured: number): Uint8Array {
    return this.records.bytes('message', i).subarray(0, captured)
  }

  address(name: 'local_ip' | 'remote_ip', i: number): Uint8Array {
    return this.records.bytes(name, i)
  }
}
