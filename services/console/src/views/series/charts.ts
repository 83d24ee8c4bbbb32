import type { SeriesAnswer } from '@headwater/contracts'

export type Unit = 'bytes-per-second' | 'count' | 'microseconds'

export interface ChartLine {
  label: string
  values: (number | null)[]
  /** A CSS variable of the theme. */
  colour: string
}

export interface ChartSpec {
  title: string
  unit: Unit
  /** Counts per step are bars, the rest lines. */
  bars: boolean
  /** Start of each step, Unix ms. */
  time: number[]
  lines: ChartLine[]
}

const BLUE = '--hw-accent'
const VIOLET = '--hw-internet'
const AMBER = '--hw-warn'
const RED = '--hw-bad'

const perSecond = (values: number[], stepMs: number): number[] =>
  values.map((v) => (stepMs > 0 ? (v * 1000) / stepMs : 0))

const chart = (title: string, unit: Unit, bars: boolean, time: number[], lines: ChartLine[]): ChartSpec => ({
  title,
  unit,
  bars,
  time,
  lines,
})

/** The charts of one edge: what its series are. */
export function edgeCharts({ series: s, time, step_ms }: SeriesAnswer): ChartSpec[] {
  return [
    chart('Throughput', 'bytes-per-second', false, time, [
      { label: 'to server', values: perSecond(s.client_to_server_bytes, step_ms), colour: BLUE },
      { label: 'to client', values: perSecond(s.server_to_client_bytes, step_ms), colour: VIOLET },
    ]),
    chart('Connections', 'count', false, time, [
      { label: 'opened', values: s.connects, colour: BLUE },
      { label: 'open', values: s.open, colour: VIOLET },
    ]),
    chart('Failures and retransmits', 'count', true, time, [
      { label: 'failures', values: s.failures, colour: RED },
      { label: 'retransmits', values: s.retransmits, colour: AMBER },
    ]),
    chart('Round trip and connect time', 'microseconds', false, time, [
      { label: 'round trip', values: s.srtt_us, colour: BLUE },
      { label: 'connect', values: s.connect_us, colour: VIOLET },
    ]),
  ]
}

/** `b` on the steps of `a`: both answers cover one range with one step, but may begin a step apart. */
function aligned<T>(a: SeriesAnswer, b: SeriesAnswer, values: T[], none: T): T[] {
  const at = new Map(b.time.map((t, i) => [t, values[i] ?? none]))
  return a.time.map((t) => at.get(t) ?? none)
}

const added = (a: number[], b: number[]): number[] => a.map((v, i) => v + (b[i] ?? 0))
const addedOpen = (a: (number | null)[], b: (number | null)[]): (number | null)[] =>
  a.map((v, i) => (v === null && (b[i] ?? null) === null ? null : (v ?? 0) + (b[i] ?? 0)))

/** The charts of one node out of its edges as client and as server. */
export function nodeCharts(client: SeriesAnswer, server: SeriesAnswer): ChartSpec[] {
  const { time, step_ms, series: c } = client
  const of = <K extends keyof SeriesAnswer['series']>(key: K): number[] =>
    aligned(client, server, server.series[key] as number[], 0)
  const nullable = (key: 'open' | 'srtt_us'): (number | null)[] =>
    aligned<number | null>(client, server, server.series[key], null)
  return [
    chart('Throughput', 'bytes-per-second', false, time, [
      {
        label: 'sent',
        values: perSecond(added(c.client_to_server_bytes, of('server_to_client_bytes')), step_ms),
        colour: BLUE,
      },
      {
        label: 'received',
        values: perSecond(added(c.server_to_client_bytes, of('client_to_server_bytes')), step_ms),
        colour: VIOLET,
      },
    ]),
    chart('Connections', 'count', false, time, [
      { label: 'out', values: c.connects, colour: BLUE },
      { label: 'in', values: of('connects'), colour: VIOLET },
      { label: 'open', values: addedOpen(c.open, nullable('open')), colour: '--hw-muted' },
    ]),
    chart('Failures and retransmits', 'count', true, time, [
      { label: 'failures', values: added(c.failures, of('failures')), colour: RED },
      { label: 'retransmits', values: added(c.retransmits, of('retransmits')), colour: AMBER },
    ]),
    chart('Round trip', 'microseconds', false, time, [
      { label: 'as client', values: c.srtt_us, colour: BLUE },
      { label: 'as server', values: nullable('srtt_us'), colour: VIOLET },
    ]),
  ]
}
