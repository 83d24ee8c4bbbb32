import { appendFile, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where an embedded store that is down keeps a table. */
async function tableFolder(dataDir: string, table: string): Promise<string> {
  const sql = await readFile(join(dataDir, 'store', 'metadata', 'headwater', `${table}.sql`), 'utf8')
  const uuid = /UUID '([0-9a-f-]{36})'/.exec(sql)?.[1]
  if (uuid === undefined) throw new Error(`no UUID in the definition of ${table}`)
  return join(dataDir, 'store', 'store', uuid.slice(0, 3), uuid)
}

/** The newest deduplication log of a table that has records, and these. */
async function lastLog(folder: string): Promise<{ file: string; records: string[] }> {
  const logs = join(folder, 'deduplication_logs')
  const number = (name: string) => Number(/\d+/.exec(name)?.[0])
  for (const name of (await readdir(logs)).sort((a, b) => number(b) - number(a))) {
    const file = join(logs, name)
    const records = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
    if (records.length > 0) return { file, records }
  }
  throw new Error(`no token was ever noted in ${folder}`)
}

/**
 * Takes the last block of a table back to what a kill leaves behind that comes after its token was noted and before its part was
 * put in place. For an embedded store that is down.
 */
export async function keepTokenOnly(dataDir: string, table: string): Promise<void> {
  const folder = await tableFolder(dataDir, table)
  const { records } = await lastLog(folder)
  const part = records.at(-1)?.split('\t')[1] as string
  await rename(join(folder, part), join(folder, `tmp_insert_${part}`))
}

/** The other way round, as newer versions of ClickHouse have it: the last block's part is in place, its token not noted. */
export async function keepPartOnly(dataDir: string, table: string): Promise<void> {
  const { file, records } = await lastLog(await tableFolder(dataDir, table))
  await writeFile(
    file,
    records
      .slice(0, -1)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

/** What a kill leaves behind that comes before the last block's token: neither token nor part. */
export async function keepNeither(dataDir: string, table: string): Promise<void> {
  await keepTokenOnly(dataDir, table)
  await keepPartOnly(dataDir, table)
}

/** A record that a kill cut off while it was written: nothing of its block is in place. */
export async function cutRecord(dataDir: string, table: string): Promise<void> {
  const { file, records } = await lastLog(await tableFolder(dataDir, table))
  await appendFile(file, (records.at(-1) as string).replace(/\d+$/, '1'))
}
