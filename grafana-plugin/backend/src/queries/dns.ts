import type { DnsAnswer } from '@headwater/contracts/api'
import type { Frame } from '../frames/frame.ts'
import { type Ask, limitOf, matched } from './ask.ts'
import { ratio } from './measures.ts'
import { modelColumns, tableFrames } from './tables.ts'

/** What the API gives at most. */
const MOST = 1_000

/** Questions for names by name, type and code, most first. */
export async function dns(ask: Ask): Promise<Frame[]> {
  const { range, api, signal } = ask
  const limit = limitOf(ask, MOST)
  const { body } = await api.get<DnsAnswer>('dns', { ...matched(ask), limit }, signal)
  const rows = body.groups.map((group) => ({
    ...group,
    failure_ratio: ratio(group.failures, group.questions),
    answers: group.answers.join(', '),
  }))
  return tableFrames(ask, {
    name: 'dns',
    columns: modelColumns(ask),
    rows,
    // The API does not count what it leaves out.
    total: rows.length + (rows.length === limit ? 1 : 0),
    custom: { completeness: body.completeness, range },
  })
}
