import type { Grouping } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { type Edges, EdgesReader } from '../graph/edges.js'
import { groupingRules } from '../graph/grouping.js'
import type { Matcher } from '../matchers/parse.js'
import type { EdgeOrder } from '../sql/edges.js'
import { endsSeen, healthCounts } from '../sql/health-measures.js'
import type { TimeRange } from '../time/range.js'
import { type HealthOf, HealthReader, isNow } from './reader.js'

interface Asked {
  range: TimeRange
  matchers: readonly Matcher[]
  showSelf: boolean
  group_by: Grouping
  order: EdgeOrder
  now: number
}

/** Edges of a range with their health: now where the range ends now, else that of the range. */
@Injectable()
export class EdgesWithHealth {
  constructor(
    @Inject(EdgesReader) private readonly edges: EdgesReader,
    @Inject(HealthReader) private readonly health: HealthReader,
  ) {}

  async read({ range, matchers, showSelf, group_by, order, now }: Asked): Promise<Edges & { health: HealthOf }> {
    const query = { range, matchers, rule: groupingRules[group_by], self: showSelf, order }
    if (isNow(range, now)) {
      const [edges, health] = await Promise.all([this.edges.read(query), this.health.now(group_by, now)])
      return { ...edges, health }
    }
    const edges = await this.edges.read({ ...query, sums: [...healthCounts, ...endsSeen] })
    return { ...edges, health: await this.health.past(range, edges.rows, group_by) }
  }
}
