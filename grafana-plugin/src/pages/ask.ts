import {
  CoreApp,
  type DataFrame,
  type DataQueryResponse,
  type DataSourceApi,
  FieldType,
  type TimeRange,
  toDataFrame,
} from '@grafana/data'
import { getDataSourceSrv } from '@grafana/runtime'
import type { Flow, Problem, SeriesAnswer } from '@headwater/contracts/api'
import { lastValueFrom } from 'rxjs'
import type { HeadwaterQuery } from '../../model/query.js'
import type { Query } from '../datasource/types.js'
import { errorText } from '../look/answer.js'

/** An error as the views show it. */
export const problemOf = (text: string): Problem => ({
  type: 'about:blank',
  title: 'No answer',
  status: 0,
  detail: text,
  code: 'data_source',
})

let requests = 0

/** Frames of one query, through the data source and Grafana's server: pages ask for no more than panels may. */
export async function ask(uid: string, query: Partial<HeadwaterQuery>, range: TimeRange): Promise<DataFrame[]> {
  const source = (await getDataSourceSrv().get({ uid })) as DataSourceApi<Query>
  const request = {
    requestId: `headwater-${++requests}`,
    app: CoreApp.Unknown,
    targets: [{ refId: 'A', datasource: { type: 'headwater-datasource', uid }, ...query }],
    range,
    interval: '1s',
    intervalMs: 1000,
    maxDataPoints: 400,
    scopedVars: {},
    timezone: 'browser',
    startTime: Date.now(),
  }
  const asked = source.query(request)
  const response: DataQueryResponse = 'then' in asked ? await asked : await lastValueFrom(asked)
  const error = errorText({ errors: response.errors ?? (response.error ? [response.error] : []) })
  if (error !== undefined) throw new Error(error)
  return response.data.map((frame) => toDataFrame(frame))
}

/** The API's answer that the backend puts whole beside its frames. */
export async function askAnswer<T>(uid: string, query: Partial<HeadwaterQuery>, range: TimeRange): Promise<T> {
  const frames = await ask(uid, query, range)
  const answer = frames.map((f) => f.meta?.custom?.answer).find((a) => a !== undefined)
  if (answer === undefined)
    throw new Error('The data source gave no answer for this range. Choose a longer one, or save & test its settings.')
  return answer as T
}

const numbers = (frames: DataFrame[], name: string): (number | null)[] =>
  frames.flatMap((f) => f.fields).find((f) => f.type === FieldType.number && f.name === name)?.values ?? []

/** Series out of their frames, one for each. */
export async function askSeries(uid: string, filter: string, range: TimeRange): Promise<SeriesAnswer> {
  const frames = await ask(uid, { queryType: 'series', filter }, range)
  const time: number[] = frames[0]?.fields.find((f) => f.type === FieldType.time)?.values ?? []
  const names = [
    'client_to_server_bytes',
    'server_to_client_bytes',
    'connects',
    'failures',
    'retransmits',
    'open',
    'connect_us',
    'srtt_us',
  ] as const
  const series = Object.fromEntries(names.map((n) => [n, numbers(frames, n)])) as SeriesAnswer['series']
  const step_ms = (time[1] ?? 0) - (time[0] ?? 0)
  const { completeness } = (frames[0]?.meta?.custom ?? {}) as Pick<SeriesAnswer, 'completeness'>
  return { range: { from: range.from.valueOf(), to: range.to.valueOf() }, step_ms, completeness, time, series }
}

const MOST_FLOWS = 100

/** Rows of flows out of their table. */
export async function askFlows(uid: string, filter: string, range: TimeRange): Promise<Flow[]> {
  const [frame] = await ask(uid, { queryType: 'flows', filter, limit: MOST_FLOWS, format: 'table' }, range)
  if (!frame) return []
  return Array.from({ length: frame.length }, (_, row) => {
    const flow = Object.fromEntries(frame.fields.map((f) => [f.name, f.values[row]])) as unknown as Flow
    return { ...flow, netns: flow.netns ?? 0, open: Number(flow.open) }
  })
}
