import type { AgentColumnName, ColumnArrays, ColumnKind, flowColumns } from '@headwater/contracts/producer'
import { StringColumn } from './string-column.js'

type NamesOfKind<K extends ColumnKind> = {
  [N in AgentColumnName]: (typeof flowColumns)[N]['kind'] extends K ? N : never
}[AgentColumnName]
export type ScalarName = NamesOfKind<'bool' | 'u8' | 'u16' | 'u32'>
/** Columns that are written as 32-bit words, low word first: u64, time (2 words a row) and ip (4). */
export type WordsName = NamesOfKind<'u64' | 'time' | 'ip'>
export type StringName = NamesOfKind<'string'>

export type Scalars = { [N in ScalarName]: ColumnArrays[(typeof flowColumns)[N]['kind']] }
export type Words = { [N in WordsName]: Uint32Array }
export type Strings = { [N in StringName]: StringColumn }

/*
 * The columns are named one by one, and the types see to it that none is missing: an object that is filled by computed names V8 keeps as
 * a hash table, and looks each column of each row up in it.
 */

/** Columns of numbers with room for `rows`. */
export const scalarsOf = (rows: number): Scalars => ({
  netns: new Uint32Array(rows),
  partial: new Uint8Array(rows),
  self: new Uint8Array(rows),
  open: new Uint8Array(rows),
  local_port: new Uint16Array(rows),
  remote_port: new Uint16Array(rows),
  connects: new Uint32Array(rows),
  accepts: new Uint32Array(rows),
  closes: new Uint32Array(rows),
  failures: new Uint32Array(rows),
  syn_retransmits: new Uint32Array(rows),
  connect_us: new Uint32Array(rows),
  srtt_us: new Uint32Array(rows),
  rttvar_us: new Uint32Array(rows),
  min_rtt_us: new Uint32Array(rows),
  retransmits: new Uint32Array(rows),
  spurious_retransmits: new Uint32Array(rows),
  reorderings: new Uint32Array(rows),
  ecn: new Uint8Array(rows),
  ce_packets: new Uint32Array(rows),
  zero_windows_tx: new Uint32Array(rows),
  zero_windows_rx: new Uint32Array(rows),
  drops: new Uint32Array(rows),
  icmp_errors: new Uint32Array(rows),
  resets_tx: new Uint32Array(rows),
  resets_rx: new Uint32Array(rows),
  pid: new Uint32Array(rows),
  uid: new Uint32Array(rows),
  owner_uncertain: new Uint8Array(rows),
})

/** Columns of words with room for `rows`. */
export const wordsOf = (rows: number): Words => ({
  time: new Uint32Array(rows * 2),
  start: new Uint32Array(rows * 2),
  cookie: new Uint32Array(rows * 2),
  connection_id: new Uint32Array(rows * 2),
  local_ip: new Uint32Array(rows * 4),
  remote_ip: new Uint32Array(rows * 4),
  tx_bytes: new Uint32Array(rows * 2),
  rx_bytes: new Uint32Array(rows * 2),
  tx_packets: new Uint32Array(rows * 2),
  rx_packets: new Uint32Array(rows * 2),
  tx_wire_bytes: new Uint32Array(rows * 2),
  rx_wire_bytes: new Uint32Array(rows * 2),
  retransmit_bytes: new Uint32Array(rows * 2),
  busy_us: new Uint32Array(rows * 2),
  rwnd_limited_us: new Uint32Array(rows * 2),
  sndbuf_limited_us: new Uint32Array(rows * 2),
  cgroup_id: new Uint32Array(rows * 2),
  process_start: new Uint32Array(rows * 2),
})

/** Columns of texts with room for `rows`. */
export const stringsOf = (rows: number): Strings => ({
  side: new StringColumn(rows),
  side_source: new StringColumn(rows),
  transport: new StringColumn(rows),
  failure_reason: new StringColumn(rows),
  close_reason: new StringColumn(rows),
  reset_reason: new StringColumn(rows),
  protocol_hint: new StringColumn(rows),
  process: new StringColumn(rows),
  comm: new StringColumn(rows),
  owner_source: new StringColumn(rows),
  container_id: new StringColumn(rows),
  container_name: new StringColumn(rows),
  container_image: new StringColumn(rows),
  unit: new StringColumn(rows),
  local_namespace: new StringColumn(rows),
  local_service: new StringColumn(rows),
  service_source: new StringColumn(rows),
})
