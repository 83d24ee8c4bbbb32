import { OwnerSource, RecordFlag, RecordKind, Side, SideSource } from './constants.js'
import { ProbeError } from './errors.js'
import type { Field, Layout } from './types.js'

/** The version of bpf/flow.h that this facade was written for. */
export const LAYOUT_VERSION = 5

/** The fields that the facade hands out: name to [kind, bytes]. More in the addon are fine, and can be read by name. */
const NEEDED: Readonly<Record<Field['kind'], Readonly<Record<string, number>>>> = {
  u64: sizes(
    8,
    'cookie time_ns start_ns established_ns bytes_sent bytes_retrans bytes_received cgroup_id ' +
      'busy_us rwnd_limited_us sndbuf_limited_us conversation wire_sent wire_received',
  ),
  u32: sizes(
    4,
    'netns pid uid segs_out segs_in data_segs_out data_segs_in retransmits spurious_retrans reorderings ce_packets ' +
      'zero_windows_tx zero_windows_rx srtt_us rttvar_us min_rtt_us connect_us ' +
      'client_isn server_isn tcp_header_len backlog backlog_max handshakes drops resets_tx resets_rx ' +
      'icmp_errors syn_retrans',
  ),
  u16: sizes(2, 'local_port remote_port family err err_soft drop_reason'),
  u8: sizes(1, 'kind state old_state side side_source owner_source flags transport ecn reset_reason'),
  bytes: sizes(16, 'local_ip remote_ip'),
  string: { comm: 16, exe: 32 },
}

function sizes(bytes: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name) => [name, bytes]))
}

const CONSTANTS: Record<string, Record<string, number>> = { RecordKind, Side, SideSource, OwnerSource, RecordFlag }

const FIX = 'addon and JavaScript are of different builds: npm run build -w @headwater/native'

const DNS_NEEDED: typeof NEEDED = {
  u64: sizes(8, 'cookie time_ns start_ns cgroup_id'),
  u32: sizes(4, 'netns pid uid length captured'),
  u16: sizes(2, 'local_port remote_port'),
  u8: sizes(1, 'answer owner_source flags kind'),
  bytes: { local_ip: 16, remote_ip: 16, message: 512 },
  string: { comm: 16, exe: 32 },
}

/** The same for records of DNS messages. */
export function checkDnsLayout(layout: Layout): void {
  checkFields(layout, DNS_NEEDED)
}

/** Throws `ProbeError` 'layout' unless the addon's records and enumerations are those that the facade knows. */
export function checkLayout(layout: Layout, constants: Record<string, Record<string, number | string>>): void {
  checkFields(layout, NEEDED)
  checkConstants(constants)
}

function checkFields(layout: Layout, all: typeof NEEDED): void {
  if (layout.version !== LAYOUT_VERSION) {
    throw new ProbeError('layout', `the addon's layout is version ${layout.version}, not ${LAYOUT_VERSION}`, FIX)
  }
  const fields = new Map(layout.fields.map((field) => [field.name, field]))
  for (const [kind, needed] of Object.entries(all)) {
    for (const [name, size] of Object.entries(needed)) {
      const field = fields.get(name)
      if (field?.kind !== kind || field.size !== size) {
        const found = field ? `is ${field.kind} of ${field.size} bytes` : 'is missing'
        throw new ProbeError('layout', `the record's field ${name} ${found}; expected ${kind} of ${size} bytes`, FIX)
      }
    }
  }
  for (const field of layout.fields) {
    const word = field.kind === 'bytes' || field.kind === 'string' ? 1 : field.size
    if (field.offset % word !== 0 || field.offset + field.size > layout.stride) {
      throw new ProbeError(
        'layout',
        `the record's field ${field.name} lies at ${field.offset}, unaligned or outside`,
        FIX,
      )
    }
  }
  if (layout.stride % 8 !== 0) throw new ProbeError('layout', `a stride of ${layout.stride} is no multiple of 8`, FIX)
}

function checkConstants(constants: Record<string, Record<string, number | string>>): void {
  for (const [group, values] of Object.entries(CONSTANTS)) {
    for (const [name, value] of Object.entries(values)) {
      const compiled = constants[group]?.[constantName(name)]
      if (compiled !== value) {
        throw new ProbeError('layout', `${group}.${name} is ${compiled} in the addon, ${value} here`, FIX)
      }
    }
  }
}

/** FirstIo here is FIRST_IO in C. */
function constantName(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
}
