import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startTestKafka, type TestKafka } from '@headwater/bus/testing'
import { startTestStore, type TestStore } from '@headwater/store/testing'

const program = fileURLToPath(new URL('../../bin/headwater.js', import.meta.url))

export interface IngestProcess {
  pid: number
  stop(): Promise<void>
}

/** A real broker and a real store; `stop` ends both and whatever was started with them. */
export interface Setting {
  kafka: TestKafka
  store: TestStore
  storePid: number
  startIngest(): Promise<IngestProcess>
  /** Rows of `flows`: by the parts' own counts, so that asking costs next to nothing. */
  rowsStored(): Promise<number>
  /** Of `flows`, by their tokens. */
  inserts(): Promise<{ token: string; rows: number }[]>
  /** Bytes of a topic's log on the broker's disk; undefined where it is in a container. */
  topicBytes(topic: string): number | undefined
  stop(): Promise<void>
}

async function startIngest(env: Record<string, string>, nodeFlags: readonly string[]): Promise<IngestProcess> {
  const child = spawn(process.execPath, [...nodeFlags, program, 'ingest'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-20_000)
  })
  const ready = async (): Promise<void> => {
    for (const until = Date.now() + 20_000; Date.now() < until; await wait(50)) {
      if (/ready/.test(said)) return
      if (child.exitCode !== null) break
    }
    throw new Error(`headwater ingest did not start:\n${said}`)
  }
  await ready()
  return {
    pid: child.pid as number,
    stop: async () => {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** @param nodeFlags for the Node of ingest @param partitions of each topic */
export async function startSetting(nodeFlags: readonly string[] = [], partitions = 12): Promise<Setting> {
  const [kafka, store] = await Promise.all([startTestKafka({ mode: 'jvm' }), startTestStore()])
  const running: IngestProcess[] = []
  const { url, access } = store.store.connection
  const env = {
    HEADWATER_KAFKA_BROKERS: kafka.brokers.join(','),
    HEADWATER_KAFKA_PARTITIONS: String(partitions),
    HEADWATER_CLICKHOUSE_URL: url,
    HEADWATER_CLICKHOUSE_USER: access.admin.user,
    HEADWATER_CLICKHOUSE_PASSWORD: access.admin.password,
    HEADWATER_DATA_DIR: join(store.dataDir, 'roles'),
  }
  return {
    kafka,
    store,
    storePid: store.store.server?.pid as number,
    startIngest: async () => {
      const ingest = await startIngest(env, nodeFlags)
      running.push(ingest)
      return ingest
    },
    rowsStored: async () =>
      (await store.query.query<{ n: number[] }>('SELECT count() AS n FROM flows')).columns.n[0] ?? 0,
    inserts: async () => {
      const { columns } = await store.admin.query<{ token: string[]; rows: number[] }>(
        'SELECT token, sum(rows) AS rows FROM headwater.batches GROUP BY token',
      )
      return columns.token.map((token, i) => ({ token, rows: columns.rows[i] as number }))
    },
    topicBytes: (topic) => {
      if (kafka.logFolder === undefined) return undefined
      const folders = readdirSync(kafka.logFolder).filter((name) => name.replace(/-\d+$/, '') === topic)
      const files = folders.flatMap((name) =>
        readdirSync(join(kafka.logFolder as string, name))
          .filter((file) => file.endsWith('.log'))
          .map((file) => statSync(join(kafka.logFolder as string, name, file)).size),
      )
      return files.reduce((a, b) => a + b, 0)
    },
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()))
      await store.stop()
      await kafka.stop()
    },
  }
}
