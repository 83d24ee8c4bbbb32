import type { TestStore } from '@headwater/store/testing'

export interface DiskUse {
  bytesPerRow: number
  parts: number
  /** By column, the dearest first. */
  columns: { column: string; bytes_per_row: number }[]
}

/** Bytes of `flows` on disk once its parts are merged, by column. */
export async function diskUse(store: TestStore): Promise<DiskUse> {
  await store.admin.command('OPTIMIZE TABLE headwater.flows FINAL')
  const { columns: all } = await store.admin.query<{ rows: number[]; bytes: number[]; parts: number[] }>(
    `SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts
     WHERE database = 'headwater' AND table = 'flows' AND active`,
  )
  const { columns } = await store.admin.query<{ column: string[]; bytes: number[] }>(
    `SELECT column, sum(column_bytes_on_disk) AS bytes FROM system.parts_columns
     WHERE database = 'headwater' AND table = 'flows' AND active GROUP BY column ORDER BY bytes DESC`,
  )
  const rows = all.rows[0] as number
  const perRow = (bytes: number) => Math.round((bytes / rows) * 100) / 100
  return {
    bytesPerRow: perRow(all.bytes[0] as number),
    parts: all.parts[0] as number,
    columns: columns.column.map((column, i) => ({ column, bytes_per_row: perRow(columns.bytes[i] as number) })),
  }
}

/**
 * CPU seconds of the server for the same rows, `rows` of them at a time, from `flows` into a table like it with the same rollups behind it:
 * the least that storing them can take.
 */
export async function insertSelect(
  store: TestStore,
  rows: number,
  times: number,
  cpu: () => number,
): Promise<number[]> {
  const { admin } = store
  const used: number[] = []
  for (let i = 0; i < times; i++) {
    const before = cpu()
    await admin.command(
      `INSERT INTO headwater.flows SELECT * REPLACE(concat(instance, '-again${i}') AS instance) FROM headwater.flows AS f
       WHERE position(f.instance, '-again') = 0 LIMIT ${rows} OFFSET ${i * rows}`,
    )
    used.push(cpu() - before)
  }
  return used
}
