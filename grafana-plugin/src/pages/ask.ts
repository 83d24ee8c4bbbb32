import {
  CoreApp,
  type DataFrame,
  type DataQueryResponse,
  type DataSourceApi,
  type TimeRange,
  toDataFrame,
} from '@grafana/data'
import { getDataSourceSrv } from '@grafana/runtime'
import type { Flow, Problem, SeriesAnswer } from '@headwater/contracts/api'
import { lastValueFrom } from 'rxjs'
import type { HeadwaterQuery } from '../../model/query.js'
import type { Query } from '../datasource/types.js'
import { errorText } from '../look/answer.js'
import { number, time } from '../look/kinds.js'

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

const seriesFields = [
  'client_to_server_bytes',
  'server_to_client_bytes',
  'connects',
  'failures',
  'retransmits',
  'open',
  'connect_us',
  'srtt_us',
] as const satisfies (keyof SeriesAnswer['series'])[]

/** Series out of their frames, one for each; what has no sample has no row in its frame, or no frame. */
export function seriesOf(frames: readonly DataFrame[]): Pick<SeriesAnswer, 'time' | 'step_ms' | 'series'> {
  const times = frames.map((f): number[] => f.fields.find((x) => x.type === time)?.values ?? [])
  const all = [...new Set(times.flat())].sort((a, b) => a - b)
  const values = (name: string): (number | null)[] => {
    const at = frames.findIndex((f) => f.fields.some((x) => x.type === number && x.name === name))
    const found = frames[at]?.fields.find((x) => x.type === number && x.name === name)?.values ?? []
    const known = new Map((times[at] ?? []).map((t, i) => [t, found[i] as number | null]))
    return all.map((t) => known.get(t) ?? null)
  }
  const series = Object.fromEntries(seriesFields.map((n) => [n, values(n)])) as SeriesAnswer['series']
  return { time: all, step_ms: (all[1] ?? 0) - (all[0] ?? 0), series }
}

export async function askSeries(uid: string, filter: string, range: TimeRange): Promise<SeriesAnswer> {
  const query: Partial<HeadwaterQuery> = { queryType: 'series', format: 'frames', fields: [...seriesFields], filter }
  const frames = await ask(uid, query, range)
  const { completeness } = (frames[0]?.meta?.custom ?? {}) as Pick<SeriesAnswer, 'completeness'>
  return { range: { from: range.from.valueOf(), to: range.to.valueOf() }, completeness, ...seriesOf(frames) }
}

const MOST_FLOWS = 100

/** Rows of flows out of their table. */
export async function askFlows(uid: string, filter: string, range: TimeRange): Promise<Flow[]> {
  const [frame] = await ask(uid, { queryType: 'flows', filter, limit: MOST_FLOWS, format: 'table' }, range)
  if (!frame) return []
  return Array.from({ length: frame.length }, (_, row) => {
    const flow = Object.fromEntries(frame.fields.map((f) => [f.name, f.values[row]])) as unknown as Flow
    const { netns, connect_us, srtt_us, min_rtt_us } = flow
    const numbers = {
      netns: netns ?? 0,
      connect_us: connect_us ?? 0,
      srtt_us: srtt_us ?? 0,
      min_rtt_us: min_rtt_us ?? 0,
    }
    return { ...flow, ...numbers, open: Number(flow.open) }
  })
}
