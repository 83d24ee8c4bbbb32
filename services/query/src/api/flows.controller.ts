import { type Flow, type FlowsAnswer, flowsRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { Database } from '../sql/database.js'
import { type FarEndRow, type FlowsQuery, farEndsStatement, flowsStatement, pageStartStatement } from '../sql/flows.js'
import { readCursor, writeCursor } from './cursor.js'
import { Questions } from './question.js'

type FlowRow = Flow & { row_hash_text: string }

/** Parameters travel in the URL of the store's request. */
const IDS_AT_ONCE = 2_000

const flags = ['counted', 'partial', 'self', 'owner_uncertain', 'ecn'] as const

function toFlow({ row_hash_text: _, ...row }: FlowRow): Flow {
  for (const flag of flags) row[flag] = Boolean(row[flag])
  return row
}

@Controller('api/v1')
export class FlowsController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Database) private readonly database: Database,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('flows')
  async flows(@Query() parameters: unknown): Promise<FlowsAnswer> {
    const question = await this.questions.read(flowsRequest, parameters)
    const { matchers, showSelf: self, limit, now } = question
    const cursor = question.cursor === undefined ? undefined : readCursor(question.cursor)
    const range = cursor?.range ?? question.range
    const query = { range, matchers, self, limit, ...(cursor && { after: cursor.after }) }
    const [rows, completeness] = await Promise.all([this.page(query), this.completeness.of(range, now)])
    const last = rows.length < limit ? undefined : rows.at(-1)
    const after = last && { time: last.time, cookie: last.cookie, hash: last.row_hash_text }
    return { range, completeness, flows: rows.map(toFlow), cursor: after ? writeCursor({ range, after }) : null }
  }

  private async page(query: FlowsQuery): Promise<FlowRow[]> {
    const [start] = await this.database.rows<{ oldest: number; found: number }>(pageStartStatement(query))
    if (start === undefined || start.found === 0) return []
    const range = { from: start.oldest, to: query.range.to }
    const rows = await this.database.rows<FlowRow>(flowsStatement({ ...query, range }))
    await this.nameFarEnds(rows)
    return rows
  }

  /** Ingest names the far process where it knows it at that moment; the far end's own rows may have come later. */
  private async nameFarEnds(rows: FlowRow[]): Promise<void> {
    const nameless = rows.filter((row) => row.remote_process === '' && row.connection_id !== '0')
    if (nameless.length === 0) return
    const times = nameless.map((row) => row.time)
    const range = { from: Math.min(...times), to: Math.max(...times) + 1 }
    const ids = [...new Set(nameless.map((row) => BigInt(row.connection_id)))]
    const parts = Array.from({ length: Math.ceil(ids.length / IDS_AT_ONCE) }, (_, i) =>
      this.database.rows<FarEndRow>(farEndsStatement(range, ids.slice(i * IDS_AT_ONCE, (i + 1) * IDS_AT_ONCE))),
    )
    const ends = (await Promise.all(parts)).flat()
    const processes = new Map(ends.map((end) => [`${end.connection_id} ${end.is_client}`, end.process]))
    for (const row of nameless) {
      const far = row.side === 'client' ? 0 : 1
      if (row.side !== 'peer') row.remote_process = processes.get(`${row.connection_id} ${far}`) ?? ''
    }
  }
}
