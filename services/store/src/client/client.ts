import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import { connect } from './connect.js'
import { StoreError, toStoreError } from './error.js'
import type { Columns, InsertOptions, QueryOptions, QueryResult, Settings, StoreClientOptions } from './options.js'

interface ColumnsWithMetadata {
  data: Columns
  rows: number
  statistics?: { elapsed: number; rows_read: number; bytes_read: number }
}

/** The whole answer before its first byte: a query that fails half way is an error, not half an answer. */
const ANSWER: Settings = { output_format_json_quote_64bit_integers: 0, wait_end_of_query: 1 }

const DEDUPLICATE: Settings = { deduplicate_blocks_in_dependent_materialized_views: 1 }

/** What the views make of a block has each key once already: it need not be merged before it is written. */
const AS_IT_IS: Settings = { optimize_on_insert: 0 }

/** A user of the store. Columnar both ways; every failure is a StoreError. */
export class StoreClient {
  private client: ClickHouseClient | undefined
  private readonly retired: ClickHouseClient[] = []
  private connecting: Promise<ClickHouseClient> | undefined

  constructor(private readonly options: StoreClientOptions) {}

  /** Whether the server is one of others, whose files are not ours to look at. */
  get outside(): boolean {
    const { connection } = this.options
    return !('file' in connection) && connection.identity === undefined
  }

  /** Inserts one Native block (see encodeNative). Resolves when the server has it on disk. @throws StoreError */
  async insertNative(table: string, block: Uint8Array, { token, settings }: InsertOptions = {}): Promise<void> {
    await this.request(`insert into ${table}`, async (client) => {
      const { stream } = await client.exec({
        query: `INSERT INTO ${identifier(table)} FORMAT Native`,
        values: Readable.from([block], { objectMode: false }),
        // A column that the table lacks is a store that was not migrated: better no insert than one without it.
        clickhouse_settings: { input_format_skip_unknown_fields: 0, ...AS_IT_IS, ...tokenSettings(token), ...settings },
      })
      await drain(stream)
    })
  }

  /** Inserts objects, for the small tables. @throws StoreError */
  async insertRows(table: string, rows: readonly object[], { token, settings }: InsertOptions = {}): Promise<void> {
    if (rows.length === 0) return
    await this.request(`insert into ${table}`, async (client) => {
      await client.insert({
        table: identifier(table),
        values: rows,
        format: 'JSONEachRow',
        clickhouse_settings: { date_time_input_format: 'best_effort', ...tokenSettings(token), ...settings },
      })
    })
  }

  /** Runs a SELECT. Values go in as `{name:Type}` parameters, never as text. @throws StoreError */
  async query<T = Columns>(
    sql: string,
    params: Record<string, unknown> = {},
    options: QueryOptions<T> = {},
  ): Promise<QueryResult<T>> {
    const { data, ...result } = await this.request(
      'query',
      async (client) => {
        const result = await client.query({
          query: sql,
          query_params: params,
          format: 'JSONColumnsWithMetadata',
          clickhouse_settings: { ...ANSWER, ...limits(options), ...options.settings },
          ...(options.signal ? { abort_signal: options.signal } : {}),
        })
        const { data, rows, statistics } = (await result.json()) as unknown as ColumnsWithMetadata
        return {
          data,
          rows,
          read: {
            rows: statistics?.rows_read ?? 0,
            bytes: statistics?.bytes_read ?? 0,
            elapsedMs: (statistics?.elapsed ?? 0) * 1000,
          },
        }
      },
      options.signal,
    )
    return { columns: options.schema ? options.schema.parse(data) : (data as T), ...result }
  }

  /** Runs a statement without a result. @throws StoreError */
  async command(sql: string, params: Record<string, unknown> = {}, settings: Settings = {}): Promise<void> {
    await this.request('command', async (client) => {
      await client.command({ query: sql, query_params: params, clickhouse_settings: settings })
    })
  }

  /** Version of the server, as an answer to whether it is there and lets this user in. @throws StoreError */
  async ping(): Promise<string> {
    const { columns } = await this.query<{ version: string[] }>('SELECT version() AS version')
    return columns.version[0] ?? ''
  }

  async close(): Promise<void> {
    const clients = [this.client, ...this.retired.splice(0)]
    this.client = undefined
    for (const client of clients) await client?.close()
  }

  private async request<R>(
    what: string,
    run: (client: ClickHouseClient) => Promise<R>,
    signal?: AbortSignal,
  ): Promise<R> {
    try {
      return await run(await this.connected())
    } catch (error) {
      if (signal?.aborted) throw new StoreError('cancelled', `${what}: cancelled`, false, undefined, { cause: error })
      const storeError = toStoreError(error, what)
      if (storeError.code === 'unavailable' || storeError.code === 'auth') this.forget()
      throw storeError
    }
  }

  /** A restarted server may have another port and password: read its connection file again before the next request. */
  private forget(): void {
    if (!('file' in this.options.connection) || !this.client) return
    // Requests of others may still be under way on it; its idle sockets close by themselves.
    this.retired.push(this.client)
    this.client = undefined
  }

  private async connected(): Promise<ClickHouseClient> {
    if (this.client) return this.client
    this.connecting ??= connect(this.options)
      .then((client) => {
        this.client = client
        return client
      })
      .finally(() => {
        this.connecting = undefined
      })
    return this.connecting
  }
}

function tokenSettings(token: string | undefined): Settings {
  return token === undefined ? {} : { ...DEDUPLICATE, insert_deduplication_token: token }
}

function limits<T>({ maxExecutionSeconds, maxRowsToRead, maxResultRows }: QueryOptions<T>): Settings {
  return {
    ...(maxExecutionSeconds === undefined ? {} : { max_execution_time: maxExecutionSeconds }),
    ...(maxRowsToRead === undefined ? {} : { max_rows_to_read: maxRowsToRead }),
    ...(maxResultRows === undefined ? {} : { max_result_rows: maxResultRows }),
  }
}

/** A table's name, with or without its database. Names come from code; this keeps it so. */
function identifier(name: string): string {
  if (!/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/.test(name))
    throw new StoreError('refused', `not a table name: ${name}`, false)
  return name
}

async function drain(stream: NodeJS.ReadableStream): Promise<void> {
  for await (const _ of stream);
}
