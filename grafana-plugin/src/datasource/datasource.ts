import {
  type AdHocVariableFilter,
  type AnnotationSupport,
  type CoreApp,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceGetTagKeysOptions,
  type DataSourceGetTagValuesOptions,
  type DataSourceInstanceSettings,
  type MetricFindValue,
  type ScopedVars,
  type TimeRange,
} from '@grafana/data'
import { DataSourceWithBackend, getTemplateSrv, type TemplateSrv } from '@grafana/runtime'
import { edgeLabels, type Grouping } from '@headwater/contracts/api'
import { defer, type Observable } from 'rxjs'
import { queryText, readQuery, takesFilter } from '../../model/query.js'
import { adHocMatcher, filterLabels, withFilters } from './adhoc.js'
import { annotations } from './annotations.js'
import { defaultsFor } from './defaults.js'
import { interpolateFilter } from './interpolate.js'
import type { Query, Settings } from './types.js'
import { HeadwaterVariables } from './variables.js'

/** Every query goes to the backend, which makes the frames; what a dashboard adds (variables, filters) is put in here. */
export class HeadwaterDataSource extends DataSourceWithBackend<Query, Settings> {
  override annotations: AnnotationSupport<Query> = annotations

  constructor(
    settings: DataSourceInstanceSettings<Settings>,
    private readonly templates: TemplateSrv = getTemplateSrv(),
  ) {
    super(settings)
    this.variables = new HeadwaterVariables(this)
  }

  override getDefaultQuery(app: CoreApp): Partial<Query> {
    return defaultsFor(app)
  }

  override getQueryDisplayText(query: Query): string {
    const read = readQuery(query)
    return 'error' in read ? read.error : queryText(read.query)
  }

  override filterQuery(query: Query): boolean {
    return query.hide !== true
  }

  override query(request: DataQueryRequest<Query>): Observable<DataQueryResponse> {
    // Deferred, so that a filter without meaning is an error of the panel and not of the page.
    return defer(() => super.query(request))
  }

  override applyTemplateVariables(query: Query, scoped: ScopedVars, filters: AdHocVariableFilter[] = []): Query {
    const { queryType = 'map', groupBy } = query
    // Cleared keys of the editor, and groupings that hold a variable.
    const grouped = groupBy && { groupBy: this.templates.replace(groupBy, scoped, 'raw') as Grouping }
    const type = queryType as Parameters<typeof takesFilter>[0]
    const filter = takesFilter(type)
      ? withFilters(interpolateFilter(query.filter ?? '', scoped, this.templates), filters.map(adHocMatcher))
      : ''
    return { ...query, ...grouped, queryType, filter }
  }

  /** Values of a label, busiest or first ones by name as the API lists them; of a label without an end, those of both. */
  async values(label: string, prefix = '', range?: TimeRange): Promise<string[]> {
    const labels = (edgeLabels as readonly string[]).includes(label) ? [label] : [`client_${label}`, `server_${label}`]
    const times = range && { from: String(range.from.valueOf()), to: String(range.to.valueOf()) }
    const answers = await Promise.all(
      labels.map((l) => this.getResource<{ values: string[] }>('values', { label: l, prefix, ...times })),
    )
    return [...new Set(answers.flatMap((a) => a.values))].sort((a, b) => (a < b ? -1 : 1))
  }

  /** Of a variable in the older way: the query is the label's name. */
  override async metricFindQuery(query: string | { label?: string }, options?: { range?: TimeRange }) {
    const label = typeof query === 'string' ? query : (query.label ?? '')
    if (!filterLabels.includes(label))
      throw new Error(`A variable of Headwater takes the values of a label; there is no label "${label}".`)
    const values = await this.values(label, '', options?.range)
    return values.map((value): MetricFindValue => ({ text: value === '' ? '(none)' : value, value }))
  }

  override getTagKeys(_options?: DataSourceGetTagKeysOptions<Query>): Promise<MetricFindValue[]> {
    return Promise.resolve(filterLabels.map((text) => ({ text })))
  }

  override async getTagValues({ key, timeRange }: DataSourceGetTagValuesOptions<Query>): Promise<MetricFindValue[]> {
    return (await this.values(key, '', timeRange)).filter((v) => v !== '').map((text) => ({ text, value: text }))
  }
}
