import type { Flow } from '@headwater/contracts'
import { escapeHidden } from '@headwater/contracts/runtime'
import { shortName } from '../cli/safe-text.js'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function bytes(n: number): string {
  let unit = 0
  for (; n >= 1024 && unit < UNITS.length - 1; unit++) n /= 1024
  return `${unit === 0 ? n : n.toFixed(1)} ${UNITS[unit]}`
}

const end = (ip: string, port: number) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)
/** Ends that are as they should be: which end closed first is in JSON. */
const orderly = ['', 'active-close', 'passive-close', 'simultaneous-close']

function outcome(f: Flow): string {
  if (f.failures > 0) return f.failure_reason
  if (f.closes > 0) return orderly.includes(f.close_reason) ? 'closed' : f.close_reason
  return f.open > 0 ? 'open' : ''
}
/** Several processes may serve the connection: this is one of them. */
const process = (f: Flow) => (f.process === '' ? '?' : `${shortName(f.process)}${f.owner_uncertain ? '?' : ''}`)
const resent = (f: Flow) => (f.retransmits > 0 ? String(f.retransmits) : '')

const rtt = (us: number) => (us === 0 ? '' : us < 1000 ? `${us} us` : `${(us / 1000).toFixed(1)} ms`)

interface TableColumn {
  name: string
  width: number
  right?: boolean
  text(flow: Flow): string
}

const columns: TableColumn[] = [
  { name: 'TIME', width: 12, text: (f) => new Date(f.time).toISOString().slice(11, 23) },
  { name: 'NODE', width: 12, text: (f) => shortName(f.node) },
  { name: 'PROCESS', width: 16, text: process },
  { name: 'SIDE', width: 6, text: (f) => f.side },
  { name: 'LOCAL', width: 23, text: (f) => end(f.local_ip, f.local_port) },
  { name: 'REMOTE', width: 23, text: (f) => end(f.remote_ip, f.remote_port) },
  { name: 'REMOTE SERVICE', width: 16, text: (f) => shortName(f.remote_process || f.remote_service) },
  { name: 'STATE', width: 14, text: outcome },
  { name: 'SENT', width: 10, right: true, text: (f) => bytes(f.tx_bytes) },
  { name: 'RECEIVED', width: 10, right: true, text: (f) => bytes(f.rx_bytes) },
  { name: 'RESENT', width: 6, right: true, text: resent },
  { name: 'RTT', width: 8, right: true, text: (f) => rtt(f.srtt_us) },
]

/** Longer addresses push the rest of their line aside: an address cut short is of no use. */
const line = (texts: string[]) =>
  columns
    .map((c, i) => (c.right === true ? (texts[i] ?? '').padStart(c.width) : (texts[i] ?? '').padEnd(c.width)))
    .join('  ')
    .trimEnd()

export const tableHead = (): string => line(columns.map((c) => c.name))
export const tableLine = (flow: Flow): string => line(columns.map((c) => escapeHidden(c.text(flow))))
