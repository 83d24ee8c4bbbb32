import {
  type AgentColumns,
  agentColumnNames,
  type BatchMeta,
  type ColumnArrays,
  type ColumnKind,
  emptyColumn,
  type FlowBatch,
  flowColumns,
} from '@headwater/contracts'
import { parseAddress } from '../address/address.js'

/** One flow as a test writes it; what is left out is 0 or ''. Addresses as text. */
export interface FlowSpec {
  time: number
  start?: number
  netns?: number
  cookie?: bigint
  connection_id?: bigint
  side?: 'client' | 'server' | 'peer'
  transport?: 'tcp' | 'udp'
  local: string
  local_port: number
  remote: string
  remote_port: number
  tx_bytes?: number
  rx_bytes?: number
  connects?: number
  accepts?: number
  closes?: number
  failures?: number
  failure_reason?: string
  open?: number
  process?: string
  local_service?: string
  local_namespace?: string
  container_name?: string
  pid?: number
  srtt_us?: number
  connect_us?: number
  retransmits?: number
  self?: boolean
}

/** Who sends a batch. */
export interface BatchSpec {
  instance: string
  sequence: number
  node: string
  cluster?: string
  realm?: string
  zone?: string
  region?: string
}

/** Cells of one row by column; what is left out is 0 or ''. Addresses as 16 bytes or text. */
export type Cells = Record<string, string | number | bigint | Uint8Array | boolean>

function addressOf(cell: string | Uint8Array): Uint8Array {
  const bytes = typeof cell === 'string' ? parseAddress(cell) : cell
  if (bytes === undefined) throw new Error(`not an address: ${cell}`)
  return bytes
}

function cellsOf(flow: FlowSpec): Cells {
  const { local, remote, side = 'client', tx_bytes = 0, rx_bytes = 0, ...same } = flow
  const packets = (bytes: number): number => Math.ceil(bytes / 1448) + 2
  const wire = (bytes: number): number => bytes + 52 * packets(bytes)
  return {
    start: flow.time,
    transport: 'tcp',
    side_source: 'socket',
    owner_source: flow.process === undefined ? '' : side === 'client' ? 'connect' : 'listener',
    ...same,
    side,
    tx_bytes,
    rx_bytes,
    tx_packets: packets(tx_bytes),
    rx_packets: packets(rx_bytes),
    tx_wire_bytes: wire(tx_bytes),
    rx_wire_bytes: wire(rx_bytes),
    local_ip: local,
    remote_ip: remote,
  }
}

function put(kind: ColumnKind, data: ColumnArrays[ColumnKind], row: number, cell: Cells[string]): void {
  if (kind === 'string') {
    const { indices, values } = data as ColumnArrays['string']
    const known = values.indexOf(String(cell))
    indices[row] = known >= 0 ? known : values.push(String(cell)) - 1
  } else if (kind === 'ip') (data as Uint8Array).set(addressOf(cell as string), row * 16)
  else if (kind === 'u64' || kind === 'time') (data as BigUint64Array)[row] = BigInt(cell as number | bigint | string)
  else (data as Uint32Array)[row] = Number(cell)
}

/** Agent columns of the given rows. */
export function columnsOf(cells: readonly Cells[]): AgentColumns {
  const columns = agentColumnNames.map((name) => {
    const { kind } = flowColumns[name]
    const data = emptyColumn(kind, cells.length)
    cells.forEach((row, i) => {
      if (row[name] !== undefined) put(kind, data, i, row[name])
    })
    return [name, data]
  })
  return Object.fromEntries(columns) as AgentColumns
}

/** Flows as the batch that an agent would send. `produced` counts this batch alone unless told otherwise. */
export function buildFlowBatch(
  spec: BatchSpec,
  flows: readonly FlowSpec[],
  produced: BatchMeta['produced'] = { rows: flows.length, batches: 1 },
): FlowBatch {
  const { cluster = 'test', realm = 'test', zone = '', region = '', instance, sequence, node } = spec
  const meta = { schema_version: 1, instance, sequence, cluster, node, realm, zone, region, agent_version: 'test' }
  return { meta: { ...meta, produced, dropped: {} }, rows: flows.length, columns: columnsOf(flows.map(cellsOf)) }
}
