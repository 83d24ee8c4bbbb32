import type { Logger } from '@headwater/contracts/runtime'
import { UserError } from '@headwater/contracts/runtime'
import { connectStore, DATABASE, explainConnection, findLibrary, LATEST_SCHEMA, schemaVersion } from '@headwater/store'
import type { Config } from '../config/keys.js'
import { externalOf } from '../roles/store.js'
import { type Check, fail, ok, warn } from './check.js'

export async function checkStore(config: Config, logger: Logger): Promise<Check> {
  const external = externalOf(config)
  if (external === undefined) {
    try {
      const { version } = await findLibrary()
      return ok('clickhouse', `embedded, ${version}`)
    } catch (error) {
      return fail(
        'clickhouse',
        (error as Error).message,
        error instanceof UserError ? error.fix : 'Set clickhouse.url.',
      )
    }
  }
  const client = connectStore(external, { role: 'query', logger, requestTimeoutMs: 5_000 })
  try {
    const version = await client.ping()
    const schema = await schemaVersion(client, DATABASE)
    const detail = `${external.url}, ClickHouse ${version}, schema ${schema}`
    if (schema < LATEST_SCHEMA) return warn('clickhouse', detail, 'Run `headwater migrate`.')
    return schema > LATEST_SCHEMA
      ? fail('clickhouse', detail, 'A newer Headwater made this schema: use that one.')
      : ok('clickhouse', detail)
  } catch (error) {
    const explained = explainConnection(error, external.url)
    return fail('clickhouse', explained.message, explained instanceof UserError ? explained.fix : '')
  } finally {
    await client.close()
  }
}
