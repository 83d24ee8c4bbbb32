import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { rulesFile } from '../../src/alerts/files.js'
import type { AlertSettings } from '../../src/alerts/settings.js'
import { eventually } from './headwater.js'
import type { Sample } from './samples.js'

const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** What is missing for tests with Prometheus; undefined where nothing is. */
export const noPrometheus: string | undefined = ['promtool', 'prometheus', 'prometheus-alertmanager'].every(has)
  ? undefined
  : 'Prometheus or Alertmanager is missing (Debian: prometheus, prometheus-alertmanager)'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A Prometheus and an Alertmanager of the test's own. */
export interface Monitoring {
  /** An instant query. */
  query(expression: string): Promise<Sample[]>
  /** Ends both; what they said last. */
  stop(): Promise<string>
}

export interface MonitoringOptions {
  folder: string
  /** URL of what is scraped, as `headwater up` prints it. */
  target: string
  /** Where Alertmanager sends what fires and resolves. */
  webhook: string
  console: string
  /** Left out: no rules are evaluated. */
  settings?: AlertSettings
}

class Program {
  readonly #child: ChildProcess
  #said = ''

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#said += chunk
      })
  }

  async stop(): Promise<string> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'close')
      this.#child.kill('SIGTERM')
      const late = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    }
    return this.#said.slice(-4000)
  }
}

/** Starts both on free ports, and waits until they are ready. */
export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { folder, target, webhook, settings, console: url } = options
  const at = join(folder, settings === undefined ? 'scraping' : 'alerting')
  mkdirSync(at, { recursive: true })
  const [own, manager, cluster] = await Promise.all([freePort(), freePort(), freePort()])
  if (settings !== undefined) writeFileSync(join(at, 'headwater.rules.yml'), rulesFile(settings))
  const prometheus = {
    global: {
      scrape_interval: '2s',
      scrape_timeout: '2s',
      external_labels: { headwater_console: url },
    },
    rule_files: ['*.rules.yml'],
    alerting: {
      alert_relabel_configs: [{ action: 'labeldrop', regex: 'headwater_console' }],
      alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${manager}`] }] }],
    },
    scrape_configs: [{ job_name: 'headwater', static_configs: [{ targets: [new URL(target).host] }] }],
  }
  // Every alert by itself, and at once.
  const route = { receiver: 'test', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h' }
  const receivers = [{ name: 'test', webhook_configs: [{ url: webhook, send_resolved: true }] }]
  writeFileSync(join(at, 'prometheus.yml'), stringify(prometheus))
  writeFileSync(join(at, 'alertmanager.yml'), stringify({ route, receivers }))
  const programs = [
    new Program('prometheus-alertmanager', [
      `--config.file=${join(at, 'alertmanager.yml')}`,
      `--storage.path=${join(at, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${manager}`,
      `--cluster.listen-address=127.0.0.1:${cluster}`,
    ]),
    new Program('prometheus', [
      `--config.file=${join(at, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(at, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${own}`,
      '--rules.alert.resend-delay=3s',
    ]),
  ]
  const stop = async () => (await Promise.all(programs.map((program) => program.stop()))).join('\n')
  try {
    for (const port of [own, manager])
      await eventually(`port ${port}`, async () =>
        (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok ? true : undefined,
      )
  } catch (cause) {
    throw new Error(`no monitoring:\n${await stop()}`, { cause })
  }
  return {
    stop,
    query: async (expression) => {
      const answer = await fetch(`http://127.0.0.1:${own}/api/v1/query?${new URLSearchParams({ query: expression })}`)
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
    },
  }
}
