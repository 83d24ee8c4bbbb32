import type { DataSourceJsonData } from '@grafana/data'
import type { DataQuery } from '@grafana/schema'
import type { HeadwaterQuery } from '../../model/query.js'

/** A query as Grafana keeps it: any key of ours may be missing. */
export interface Query extends DataQuery, Partial<Omit<HeadwaterQuery, 'queryType'>> {}

export interface Settings extends DataSourceJsonData {
  url?: string
  tlsSkipVerify?: boolean
}
export interface Secrets {
  token?: string
}

/** What a dashboard's variable asks for: the values of a label. */
export interface VariableQuery extends DataQuery {
  label: string
}
