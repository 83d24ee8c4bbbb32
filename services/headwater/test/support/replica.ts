import { eventually, lastWords, type Running, start } from './headwater.js'
import { type Sample, samplesOf } from './samples.js'

/** A `headwater ingest` that can be asked for its counters. */
export interface Replica extends Running {
  readonly name: string
  metrics(): Promise<string>
  /** Of its counters, those whose name matches. */
  samples(name: RegExp): Promise<Sample[]>
  /** Rows of flows that it stored. */
  rows(): Promise<number>
}

/** Starts one, and waits until it answers. Whoever starts it stops it. */
export async function startReplica(name: string, env: Record<string, string>): Promise<Replica> {
  const started = start(['ingest', '--metrics-listen', '127.0.0.1:0'], { env: { ...env, HEADWATER_NODE: name } })
  const answers = () => /metrics are up.*port=(\d+)/.exec(started.stderr())?.[1]
  const ended = started.ended.then(() => Promise.reject(new Error('it has ended')))
  ended.catch(() => undefined)
  const port = await Promise.race([eventually(`the metrics of ${name}`, answers), ended]).catch(async (cause) => {
    await started.stop('SIGKILL')
    throw new Error(lastWords([started]), { cause })
  })
  const at = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  if (!(await at('/healthz')).ok) throw new Error(`${name} is not healthy`)
  const metrics = async () => (await at('/metrics')).text()
  const samples = async (wanted: RegExp) => samplesOf(await metrics(), wanted)
  const rows = async () => {
    const stored = await samples(/^headwater_ingest_rows_out_total$/)
    return stored.filter(({ metric }) => metric.table === 'flows').reduce((sum, { value }) => sum + value, 0)
  }
  return { ...started, name, metrics, samples, rows }
}
