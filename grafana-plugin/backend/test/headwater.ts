import { type NodeReportInput } from '@headwater/contracts'
import { nodeRow } from '@headwater/store'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { type Connection, connectionRows } from '../../../services/query/test/fleet.ts'
import { insertQuestions, type Question } from '../../../services/query/test/names.ts'
import { insertRows, type Row } from '../../../services/query/test/rows.ts'
import { TOKEN, testServer } from '../../../services/query/test/server.ts'

type Options = NonNullable<Parameters<typeof testServer>[1]>
type Server = ReturnType<typeof testServer>

export { TOKEN }

/** The real query service over a real store, with rows of known connections. */
export class Headwater {
  private constructor(
    readonly store: TestStore,
    readonly server: Server,
  ) {}

  static async start(options: Options = {}): Promise<Headwater> {
    const store = await startTestStore()
    const headwater = new Headwater(store, testServer(store.query, options))
    await headwater.server.start()
    return headwater
  }

  get source() {
    return { url: this.server.url, token: TOKEN }
  }

  /** Another server over the same store. */
  async also(options: Options): Promise<Server> {
    const server = testServer(this.store.query, options)
    await server.start()
    return server
  }

  rows(rows: readonly Row[]): Promise<void> {
    return insertRows(this.store.ingest, rows)
  }

  connections(connections: readonly Connection[]): Promise<void> {
    return this.rows(connections.flatMap(connectionRows))
  }

  questions(questions: readonly Question[]): Promise<void> {
    return insertQuestions(this.store.admin, questions)
  }

  report(node: string, time: number, more: Partial<NodeReportInput> = {}): Promise<unknown> {
    const report: NodeReportInput = {
      ...{ instance: `${node}-1`, cluster: 'east', node, realm: 'east', zone: 'a', region: 'r' },
      ...{ time, started: time - 3_600_000, stopping: false, interval_ms: 10_000, version: '0.1.0' },
      ...{ kernel: '6.18', arch: 'x64', profile: 'standard', produced: { rows: 0, batches: 0 }, dropped: {} },
      ...{ kernel_records: {}, capabilities: [], listeners: [] },
      cost: {
        ...{ cpu_user_us: 1_500_000, cpu_system_us: 500_000, rss_bytes: 50_000_000 },
        ...{ ring_bytes: 4_194_304, ring_peak_bytes: 1_048_576 },
      },
      ...more,
    }
    return this.store.ingest.insertRows('nodes', [nodeRow(report)])
  }

  async api<T>(path: string, parameters: Record<string, string | number>): Promise<T> {
    const query = new URLSearchParams(Object.entries(parameters).map(([k, v]): [string, string] => [k, String(v)]))
    const response = await fetch(`${this.server.url}/api/v1/${path}?${query}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as T
  }

  async stop(): Promise<void> {
    await this.server.stop()
    await this.store.stop()
  }
}
