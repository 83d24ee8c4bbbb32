import { type AllColumns, emptyColumn, flowColumnNames, flowColumns } from '@headwater/contracts'
import { encodeFlows } from '@headwater/store'

/** Encodes blocks of 50,000 rows with 40 distinct strings a column: microseconds per row and bytes per row. */
const ROWS = 50_000
const ROUNDS = 30

const columns = Object.fromEntries(
  flowColumnNames.map((name) => {
    const { kind } = flowColumns[name]
    if (kind !== 'string') return [name, emptyColumn(kind, ROWS)]
    const values = Array.from({ length: 40 }, (_, i) => `${name}-${i}`)
    return [name, { values, indices: Int32Array.from({ length: ROWS }, (_, row) => row % 40) }]
  }),
) as unknown as AllColumns

const figures: number[] = []
let bytes = 0
for (let round = 0; round < ROUNDS + 5; round++) {
  const before = process.cpuUsage()
  bytes = encodeFlows([{ columns, rows: ROWS }]).length
  const { user, system } = process.cpuUsage(before)
  if (round >= 5) figures.push((user + system) / ROWS)
}
figures.sort((a, b) => a - b)
const at = (quantile: number): number => Number((figures[Math.floor((figures.length - 1) * quantile)] ?? 0).toFixed(4))
const result = { bench: 'store-encode', cpu_us_per_row: at(0.5), min: at(0), max: at(1), bytes_per_row: bytes / ROWS }
process.stdout.write(`${JSON.stringify(result)}\n`)
