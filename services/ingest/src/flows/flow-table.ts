import {
  type AllColumns,
  type DecodedBatch,
  decodeFlowBatch,
  encodeFlowBatch,
  flowColumns,
  takeRows,
  topics,
} from '@headwater/contracts'
import { mergeParts } from '../rows/merge.js'
import type { RowsTable } from '../rows/table.js'

export const flowTable: RowsTable<DecodedBatch, AllColumns> = {
  name: 'flows',
  topic: topics.flows,
  tokenPrefix: '',
  batches: 'batches',
  decode: decodeFlowBatch,
  encode: encodeFlowBatch,
  sift: (batch, rows) => ({ ...batch, rows: rows.length, columns: takeRows(flowColumns, batch.columns, rows) }),
  take: (columns, rows) => takeRows(flowColumns, columns, rows),
  merge: (parts, memory) => mergeParts(flowColumns, parts, memory),
}
