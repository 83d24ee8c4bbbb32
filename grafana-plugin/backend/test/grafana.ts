import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { type DecodedFrame, decodeFrame } from './frames.ts'

/** What Grafana is to the backend: starts it, reads the handshake, speaks gRPC. Written from the wire, not from the backend. */
export const executable = fileURLToPath(
  new URL(
    `../../dist/datasource/gpx_headwater_linux_${process.arch === 'x64' ? 'amd64' : process.arch}`,
    import.meta.url,
  ),
)
/** Why there is no backend to start; undefined where there is one. */
export const missingBackend = (): string | undefined =>
  existsSync(executable) ? undefined : `${executable} is missing: run "npm run build" in grafana-plugin/backend`

export const grafanaEnv = {
  grafana_plugin_type: 'datasource',
  PLUGIN_PROTOCOL_VERSIONS: '2',
  PLUGIN_MIN_PORT: '10000',
  PLUGIN_MAX_PORT: '25000',
}

const proto = (name: string) => fileURLToPath(new URL(`../proto/${name}.proto`, import.meta.url))
// biome-ignore lint/suspicious/noExplicitAny: made at run time
const packages: any = loadPackageDefinition(
  loadSync(['pluginv2', 'health', 'controller'].map(proto), { longs: Number, defaults: true, keepCase: true }),
)
const channel = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 }

export interface Source {
  url?: unknown
  token?: string | undefined
  tlsSkipVerify?: boolean
}

export interface Asked {
  query: object
  from?: number
  to?: number
  refId?: string
  intervalMs?: number
  maxDataPoints?: number
}

export interface QueryAnswer {
  frames: DecodedFrame[]
  error: string
  status: number
  errorSource: string
  bytes: number
}

/** As Grafana's alerting asks: `orgId` 0 and no user in the context, the organisation in a header. */
export const alertHeaders = { FromAlert: 'true', 'X-Rule-Uid': 'rule', 'X-Grafana-Org-Id': '1' }

export class Backend {
  readonly said: string[] = []
  readonly stderr: string[] = []
  startMs = 0
  readonly child: ChildProcess
  private readonly source: Source

  // No parameter properties: the bench runs this without a compiler.
  private constructor(child: ChildProcess, source: Source) {
    this.child = child
    this.source = source
  }
  address = ''
  private readonly clients: Record<string, Client> = {}

  static async start(source: Source, env: NodeJS.ProcessEnv = {}): Promise<Backend> {
    const missing = missingBackend()
    if (missing !== undefined) throw new Error(missing)
    const begin = performance.now()
    const child = spawn(executable, [], { env: { ...grafanaEnv, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const backend = new Backend(child, source)
    child.stderr?.on('data', (data) => backend.stderr.push(String(data)))
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (data) => resolve(String(data)))
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${backend.stderr.join('')}`)))
    })
    backend.startMs = performance.now() - begin
    child.stdout?.on('data', (data) => backend.said.push(String(data)))
    const [core, app, network, address, protocol] = line.trim().split('|')
    if (core !== '1' || app !== '2' || protocol !== 'grpc') throw new Error(`no handshake: ${line}`)
    backend.address = network === 'unix' ? `unix:${address}` : (address ?? '')
    return backend
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Another data source on the same backend. */
  with(source: Source): Backend {
    const other = Object.assign(Object.create(Backend.prototype), this, { source })
    return other as Backend
  }

  private client(name: string): Client {
    const service = name.split('.').reduce((at, part) => at[part], packages)
    this.clients[name] ??= new service(this.address, credentials.createInsecure(), channel)
    return this.clients[name] as Client
  }

  /** One unary call; a signal cancels it. */
  call<T>(
    service: string,
    method: string,
    request: object,
    options: { ms?: number; signal?: AbortSignal } = {},
  ): Promise<T> {
    const client = this.client(service) as unknown as Record<string, (...args: unknown[]) => { cancel(): void }>
    return new Promise((resolve, reject) => {
      const call = client[method]?.(
        request,
        { deadline: Date.now() + (options.ms ?? 30_000) },
        (error: ServiceError | null, value: T) => (error ? reject(error) : resolve(value)),
      )
      options.signal?.addEventListener('abort', () => call?.cancel())
    })
  }

  get context(): object {
    const { token, ...json } = this.source
    return {
      orgId: 1,
      pluginId: 'headwater-datasource',
      user: { login: 'admin', name: 'Admin', email: '', role: 'Admin' },
      dataSourceInstanceSettings: {
        ...{ name: 'Headwater', uid: 'headwater', url: '' },
        jsonData: Buffer.from(JSON.stringify(json)),
        decryptedSecureJsonData: token === undefined ? {} : { token },
      },
      pluginVersion: '0.1.0',
    }
  }

  /** Answers as they come off the wire. */
  async wire(
    asked: Asked[],
    headers: Record<string, string> = {},
    options: { ms?: number; signal?: AbortSignal } = {},
  ): Promise<Record<string, Omit<QueryAnswer, 'frames' | 'bytes'> & { frames: Buffer[] }>> {
    const pluginContext = headers.FromAlert ? { ...this.context, orgId: 0, user: undefined } : this.context
    const queries = asked.map(({ query, from, to, refId, intervalMs, maxDataPoints }) => ({
      refId: refId ?? 'A',
      maxDataPoints: maxDataPoints ?? (headers.FromAlert ? 43_200 : 1_000),
      intervalMS: intervalMs ?? 1000,
      timeRange: { fromEpochMS: from ?? Date.now() - 900_000, toEpochMS: to ?? Date.now() },
      json: Buffer.from(JSON.stringify({ refId: refId ?? 'A', datasource: { uid: 'headwater' }, ...query })),
    }))
    const request = { pluginContext, headers, queries }
    type Wire = { responses: Awaited<ReturnType<Backend['wire']>> }
    return (await this.call<Wire>('pluginv2.Data', 'QueryData', request, options)).responses
  }

  async queries(...asked: Parameters<Backend['wire']>): Promise<Record<string, QueryAnswer>> {
    const responses = await this.wire(...asked)
    const read = Object.entries(responses).map(([refId, { frames, ...rest }]): [string, QueryAnswer] => [
      refId,
      { ...rest, frames: frames.map(decodeFrame), bytes: frames.reduce((sum, f) => sum + f.length, 0) },
    ])
    return Object.fromEntries(read)
  }

  async query(
    query: object,
    more: Omit<Asked, 'query'> = {},
    headers: Record<string, string> = {},
  ): Promise<QueryAnswer> {
    const answers = await this.queries([{ query, ...more }], headers)
    return answers.A as QueryAnswer
  }

  alert(query: object, more: Omit<Asked, 'query'> = {}): Promise<QueryAnswer> {
    return this.query(query, more, alertHeaders)
  }

  async health(): Promise<{ status: 'OK' | 'ERROR'; message: string; details: Record<string, unknown> }> {
    type Wire = { status: number; message: string; jsonDetails: Buffer }
    const { status, message, jsonDetails } = await this.call<Wire>('pluginv2.Diagnostics', 'CheckHealth', {
      pluginContext: this.context,
    })
    return { status: status === 1 ? 'OK' : 'ERROR', message, details: JSON.parse(jsonDetails.toString()) }
  }

  resource(
    path: string,
    method = 'GET',
    query = '',
  ): Promise<{ code: number; headers: Record<string, string>; body: string }> {
    const request = { pluginContext: this.context, path, method, url: `${path}${query}`, headers: {} }
    const client = this.client('pluginv2.Resource') as unknown as Record<string, (r: object) => NodeJS.EventEmitter>
    return new Promise((resolve, reject) => {
      const parts: { code: number; headers: Record<string, { values: string[] }>; body: Buffer }[] = []
      const stream = client.CallResource?.(request)
      stream?.on('data', (part) => parts.push(part))
      stream?.on('error', reject)
      stream?.on('end', () => {
        const headers = Object.entries(parts[0]?.headers ?? {}).map(([k, v]) => [k, v.values.join(', ')])
        const body = Buffer.concat(parts.map((p) => p.body)).toString()
        resolve({ code: parts[0]?.code ?? 0, headers: Object.fromEntries(headers), body })
      })
    })
  }

  async metrics(): Promise<string> {
    type Wire = { metrics: { prometheus: Buffer } }
    const { metrics } = await this.call<Wire>('pluginv2.Diagnostics', 'CollectMetrics', { pluginContext: this.context })
    return metrics.prometheus.toString()
  }

  /** Exit code and signal. */
  get ended(): Promise<{ code: number | null; signal: string | null }> {
    const { child } = this
    if (child.exitCode !== null || child.signalCode !== null)
      return Promise.resolve({ code: child.exitCode, signal: child.signalCode })
    return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  }

  /** As Grafana does: asks, and kills after 2 s. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.child.kill('SIGKILL'), 2_000)
    await this.call('plugin.GRPCController', 'Shutdown', {}, { ms: 1_000 }).catch(() => this.child.kill('SIGKILL'))
    await this.ended
    clearTimeout(late)
    for (const client of Object.values(this.clients)) client.close()
  }
}
