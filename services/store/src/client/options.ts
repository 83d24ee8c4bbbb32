import type { Logger } from '@headwater/contracts'
import type { Role } from '../server/access.js'
import type { StoreConnection } from '../server/connection.js'

export interface StoreClientOptions {
  /** Where the store is; or the connection file of an embedded server, read again when the server moved. */
  connection: StoreConnection | { file: string }
  role: Role
  logger: Logger
  /** ms until a request without an answer fails. Default 30 s. */
  requestTimeoutMs?: number
  /** Requests at once. Default 8. */
  maxOpenConnections?: number
}

export type SettingValue = string | number | boolean
export type Settings = Record<string, SettingValue>

export interface InsertOptions {
  /** Makes a retry of the same block a no-op, in the table and in all that views derive from it. */
  token?: string
  settings?: Settings
}

/** Anything that validates: a zod schema fits. */
export interface Schema<T> {
  parse(value: unknown): T
}

export interface QueryOptions<T> {
  /** Checks the columns as they arrive. */
  schema?: Schema<T>
  /** Seconds, rows and bytes after which the query fails with `timeout` or `too-large`. */
  maxExecutionSeconds?: number
  maxRowsToRead?: number
  maxResultRows?: number
  settings?: Settings
  signal?: AbortSignal
}

/** Columns by name, each an array of `rows` values. 64-bit integers are numbers: use toString() in SQL for ids above 2^53. */
export interface QueryResult<T> {
  columns: T
  rows: number
  /** What the query cost the server. */
  read: { rows: number; bytes: number; elapsedMs: number }
}

export type Columns = Record<string, unknown[]>
