import {
  type AgentColumns,
  agentColumnNames,
  type ColumnArrays,
  type Dictionary,
  emptyColumn,
  flowColumns,
} from '@headwater/contracts'
import type { PlannedNode } from './plan.js'

type Taken = { [N in keyof AgentColumns]: AgentColumns[N] }

/** Values that are the same in all batches of all nodes. */
const fixed = {
  side: ['', 'client', 'server'],
  side_source: ['', 'socket'],
  transport: ['tcp'],
  failure_reason: ['', 'refused'],
  close_reason: ['', 'active-close', 'passive-close'],
  owner_source: ['', 'connect', 'listener'],
  service_source: ['container'],
} satisfies Partial<Record<keyof AgentColumns, string[]>>

/** Number of a value in those dictionaries. */
export const SIDE = { client: 1, server: 2 } as const

/** Columns that name the row's own workload: its `index` in each. */
const ofWorkload = [
  'process',
  'comm',
  'container_id',
  'container_name',
  'container_image',
  'local_namespace',
  'local_service',
] as const

/** The rows of one node's batch to come, as typed arrays with room for `capacity`. */
export class NodeColumns {
  rows = 0
  readonly taken: Taken
  readonly #names: Record<(typeof ofWorkload)[number], string[]>

  constructor(
    node: PlannedNode,
    readonly capacity: number,
  ) {
    const entries = agentColumnNames.map((name) => [name, emptyColumn(flowColumns[name].kind, capacity)])
    this.taken = Object.fromEntries(entries) as Taken
    const list = (of: (w: PlannedNode['workloads'][number]) => string) => ['', ...node.workloads.map(of)]
    this.#names = {
      process: list((w) => w.service),
      comm: list((w) => w.service.slice(0, 15)),
      container_id: list((w) => w.containerId),
      container_name: list((w) => `${w.service}-0`),
      container_image: list((w) => `images.example/${w.namespace}/${w.service}:1`),
      local_namespace: list((w) => w.namespace),
      local_service: list((w) => w.service),
    }
  }

  /** The rows written so far, as views that hold until the next row is written. */
  columns(): AgentColumns {
    const out: Record<string, unknown> = {}
    for (const name of agentColumnNames) {
      const column = this.taken[name]
      if (flowColumns[name].kind === 'string') out[name] = this.#strings(name, column as Dictionary)
      else
        out[name] = (column as ColumnArrays['u8']).subarray(
          0,
          flowColumns[name].kind === 'ip' ? this.rows * 16 : this.rows,
        )
    }
    return out as AgentColumns
  }

  #strings(name: keyof AgentColumns, { indices }: Dictionary): Dictionary {
    const values = (fixed as Record<string, string[]>)[name] ??
      (this.#names as Record<string, string[] | undefined>)[name] ?? ['']
    return { indices: indices.subarray(0, this.rows), values }
  }

  /** Writes the row's workload into all columns that name it. */
  own(row: number, index: number): void {
    for (const name of ofWorkload) this.taken[name].indices[row] = index
  }
}
