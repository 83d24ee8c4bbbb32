/** When the metrics of a case are looked at, and what is expected then. */
export interface AlertCase {
  alert: string
  name: string
  /** Series and their values each minute, as promtool writes them. */
  series: Record<string, string>
  /** Minutes. */
  at: number
  fires: Fired[]
}

export interface Fired {
  labels: Record<string, string>
  summary: string
  description: string
  page: string
  /** What the console is searched for. */
  search?: string
}

export const CONSOLE = 'https://headwater.example.org'

/** As Go escapes a query. */
const escaped = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const link = ({ page, search }: Fired, seconds: number): string =>
  `${CONSOLE}/?page=${page}&from=${seconds - 900}000&to=${seconds}000${search === undefined ? '' : `&q=${escaped(search)}`}`

/** A test file of promtool. */
export const promtoolTests = (cases: readonly AlertCase[], severities: ReadonlyMap<string, string>) => ({
  rule_files: ['headwater.rules.yml'],
  evaluation_interval: '1m',
  tests: cases.map(({ alert, name, series, at, fires }) => ({
    name: `${alert}: ${name}`,
    interval: '1m',
    external_labels: { headwater_console: CONSOLE },
    input_series: Object.entries(series).map(([text, values]) => ({ series: text, values })),
    alert_rule_test: [
      {
        eval_time: `${at}m`,
        alertname: alert,
        exp_alerts: fires.map((fired) => ({
          exp_labels: { severity: severities.get(alert) ?? '', ...fired.labels },
          exp_annotations: {
            summary: fired.summary,
            description: fired.description,
            console: link(fired, at * 60),
          },
        })),
      },
    ],
  })),
})
