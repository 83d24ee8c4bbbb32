import type { PanelData } from '@grafana/data'
import type { MapAnswer } from '@headwater/contracts/api'
import { loading } from './kinds.js'

/** What there is to show, or a title and a sentence that says what to do. */
export type Shown<T> = { answer: T } | { title: string; text: string; bad: boolean }

const isMap = (value: unknown): value is MapAnswer =>
  typeof value === 'object' &&
  value !== null &&
  Array.isArray((value as MapAnswer).nodes) &&
  Array.isArray((value as MapAnswer).edges) &&
  typeof (value as MapAnswer).range?.to === 'number'

/** An error as people read it: the backend's sentence without what Grafana puts in front. */
export function errorText(data: Pick<PanelData, 'errors' | 'error'>): string | undefined {
  const error = data.errors?.[0] ?? data.error
  if (!error) return undefined
  const text = error.message || error.data?.message || error.data?.error || error.statusText
  return text && text !== '' ? text : 'The data source gave no reason. Save & test in its settings tells what is wrong.'
}

/** The API's map out of a panel's frames: the backend puts it whole beside the frame `map`. */
export function mapOf(data: PanelData): Shown<MapAnswer> {
  const error = errorText(data)
  const frame = data.series.find((f) => f.name === 'map')
  const answer: unknown = frame?.meta?.custom?.answer
  if (answer !== undefined && !isMap(answer))
    return {
      title: 'The answer is not one that this panel knows',
      text: 'The plugin and the Headwater that it asks are of versions that do not fit. Install the plugin of the version that Headwater runs.',
      bad: true,
    }
  if (answer === undefined && error !== undefined) return { title: 'No answer', text: error, bad: true }
  if (answer === undefined && data.series.length > 0)
    return {
      title: 'This panel shows maps',
      text: 'Its query is of another type. Choose the query type "Map" and the format "Frames" in the query editor.',
      bad: false,
    }
  if (answer === undefined && loading.includes(data.state))
    return { title: 'Asking Headwater', text: 'The first answer is on its way.', bad: false }
  if (answer === undefined || answer.nodes.length === 0)
    return {
      title: 'Nothing was seen',
      text: emptyText(data),
      bad: false,
    }
  return { answer }
}

function emptyText(data: PanelData): string {
  const range = data.timeRange
  if (range && range.to.valueOf() <= range.from.valueOf())
    return 'The time range is empty: it ends where it begins. Choose a longer one.'
  const filter = (data.request?.targets ?? []).some((t) => 'filter' in t && t.filter !== '' && t.filter !== undefined)
  return filter
    ? 'No connection in this time range matches the filter. Take a matcher away, or choose a longer time range.'
    : 'No connection was seen in this time range. Choose a longer one; if there should be some, the page Fleet tells which agents report.'
}
