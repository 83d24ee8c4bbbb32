import { type ClickHouseClient, createClient } from '@clickhouse/client'
import { IDENTITY_MACRO } from '../server/config.js'
import { readConnectionFile, type StoreConnection } from '../server/connection.js'
import { StoreError } from './error.js'
import type { StoreClientOptions } from './options.js'

/** A client that may be used: the server behind it is the one that was meant. @throws StoreError or what the client throws */
export async function connect(options: StoreClientOptions): Promise<ClickHouseClient> {
  const { connection, role, requestTimeoutMs = 30_000, maxOpenConnections = 8 } = options
  const target = 'file' in connection ? await readConnectionFile(connection.file).catch(toUnavailable) : connection
  const { user, password } = target.access[role]
  const client = createClient({
    url: target.url,
    username: user,
    password,
    // The admin comes before the database: it creates it.
    database: role === 'admin' ? 'system' : target.database,
    application: `headwater-${role}`,
    request_timeout: requestTimeoutMs,
    max_open_connections: maxOpenConnections,
    // Below the server's keep_alive_timeout, so that no request meets a socket that is being closed.
    keep_alive: { enabled: true, idle_socket_ttl: 2_500 },
    log: { LoggerClass: silentLogger },
  })
  try {
    await checkIdentity(client, target)
  } catch (error) {
    await client.close()
    throw error
  }
  return client
}

/** Another server may answer on the port of an embedded one that is gone. */
async function checkIdentity(client: ClickHouseClient, { identity, url }: StoreConnection): Promise<void> {
  if (identity === undefined) return
  const result = await client.query({
    query: `SELECT getMacro('${IDENTITY_MACRO}') AS identity`,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ identity: string }>()
  if (row?.identity !== identity) throw new StoreError('unavailable', `another ClickHouse answers on ${url}`, true)
}

/** Errors of the client come to us as exceptions; it need not log them too. */
class silentLogger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

function toUnavailable(error: Error): never {
  throw new StoreError('unavailable', error.message, true, undefined, { cause: error })
}
