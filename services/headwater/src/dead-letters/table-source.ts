import type { Topic } from '@headwater/contracts'
import { UserError } from '@headwater/contracts/runtime'
import { connectStore, type StoreClient, StoreError } from '@headwater/store'
import type { Letter, LetterFilter, LetterSource } from './letter.js'

interface Row {
  id: string[]
  at: string[]
  topic: Topic[]
  partition: number[]
  offset: string[]
  key: string[]
  reason: string[]
  detail: string[]
  headers: Record<string, string>[]
  value: string[]
  value_bytes: string[]
}

/** The table has no numbers of its own: what makes a letter what it is, hashed. */
const SQL = `SELECT
  concat('t', lower(hex(sipHash64(d.time, d.topic, d.partition, d.offset, d.key, d.reason, d.detail, d.value)))) AS id,
  toString(toUnixTimestamp64Milli(d.time)) AS at, toString(d.topic) AS topic, d.partition AS partition, toString(d.offset) AS offset, d.key AS key,
  toString(d.reason) AS reason, d.detail AS detail, d.headers AS headers, d.value AS value, toString(d.value_bytes) AS value_bytes
FROM dead_letters AS d
WHERE d.time >= fromUnixTimestamp64Milli({since:Int64}) AND ({reason:String} = '' OR d.reason = {reason:String})
ORDER BY d.time, d.topic, d.partition, d.offset`

function lettersIn(columns: Partial<Row>): Letter[] {
  const { id = [], at = [], topic = [], partition = [], offset = [], key = [] } = columns
  const { reason = [], detail = [], headers = [], value = [], value_bytes = [] } = columns
  return id.map((id, i) => ({
    id,
    time: Number(at[i]),
    topic: topic[i] as Topic,
    partition: Number(partition[i]),
    offset: offset[i] as string,
    key: key[i] as string,
    reason: reason[i] as string,
    detail: detail[i] as string,
    headers: headers[i] ?? {},
    value: new Uint8Array(Buffer.from(value[i] as string, 'base64')),
    bytes: Number(value_bytes[i]),
  }))
}

/** Those in the table, which ingest uses where there is no topic, or a letter is too large for it. */
export function tableSource(
  options: Parameters<typeof connectStore>[0],
  name: string,
  logger: Parameters<typeof connectStore>[1]['logger'],
): LetterSource {
  return {
    name: `the table dead_letters of ${name}`,
    letters: async ({ since, reason = '' }: LetterFilter) => {
      const client: StoreClient = connectStore(options, { role: 'query', logger })
      try {
        return lettersIn((await client.query<Row>(SQL, { since, reason })).columns)
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        const fix =
          'Check clickhouse.url, .user and .password; for the store of `headwater up`, that it runs on this data folder.'
        throw new UserError('store', `${name}: ${error.message}`, fix, { cause: error })
      } finally {
        await client.close()
      }
    },
  }
}
