import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse } from '@grafana/data'
import { from, map, type Observable } from 'rxjs'
import type { HeadwaterDataSource } from './datasource.js'
import { VariableEditor } from './editor/VariableEditor.js'
import type { VariableQuery } from './types.js'

/** Variables of dashboards: the values of a label in the dashboard's time range. */
export class HeadwaterVariables extends CustomVariableSupport<HeadwaterDataSource, VariableQuery> {
  editor = VariableEditor

  constructor(private readonly source: HeadwaterDataSource) {
    super()
  }

  query = (request: DataQueryRequest<VariableQuery>): Observable<DataQueryResponse> => {
    const [target] = request.targets
    return from(this.source.metricFindQuery(target ?? '', { range: request.range })).pipe(map((data) => ({ data })))
  }
}
