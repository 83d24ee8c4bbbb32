import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { log4jPath, prepareKafka, run } from './jars.js'
import { brokerSettings, freePort, javaOptions } from './settings.js'
import type { TestKafka } from './types.js'

/** 22 characters of base64url; a random one may begin with a dash, which the tool takes for an option. */
const CLUSTER_ID = 'HeadwaterTestKafka0000'
const LOGS = 'data'
const READY = 'Kafka Server started'
const START_LIMIT_MS = 100_000

/** A broker as a child process, straight on the JVM. */
class JvmKafka implements TestKafka {
  readonly mode = 'jvm'
  readonly logFolder: string
  #child: ChildProcess | undefined
  readonly #onExit = () => this.#child?.kill('SIGKILL')

  constructor(
    readonly brokers: string[],
    private readonly folder: string,
    private readonly classPath: string,
  ) {
    this.logFolder = join(folder, LOGS)
    process.once('exit', this.#onExit)
  }

  async restart(): Promise<void> {
    const logPath = join(this.folder, 'broker.log')
    const log = await open(logPath, 'w')
    const options = [...javaOptions, `-Dlog4j2.configurationFile=${log4jPath}`]
    const child = spawn(
      'java',
      [...options, '-cp', this.classPath, 'kafka.Kafka', join(this.folder, 'server.properties')],
      {
        stdio: ['ignore', log.fd, log.fd],
      },
    )
    this.#child = child
    const failed = once(child, 'error').then(([error]) => error as Error)
    await log.close()
    for (const since = Date.now(); ; await wait(50)) {
      const text = await readFile(logPath, 'utf8')
      if (text.includes(READY)) return
      const late = Date.now() - since > START_LIMIT_MS
      const error = await Promise.race([failed, undefined])
      if (error === undefined && child.exitCode === null && child.signalCode === null && !late) continue
      await this.kill9()
      throw new Error(
        `Kafka did not start (${error?.message ?? (late ? `not ready in ${START_LIMIT_MS} ms` : `exit ${child.exitCode}`)}):\n${text.slice(-3000)}`,
      )
    }
  }

  kill9(): Promise<void> {
    return this.#end('SIGKILL', 10_000)
  }

  async pause(): Promise<void> {
    this.#child?.kill('SIGSTOP')
  }

  async resume(): Promise<void> {
    this.#child?.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.resume()
    await this.#end('SIGTERM', 10_000)
    process.removeListener('exit', this.#onExit)
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  async #end(signal: NodeJS.Signals, limitMs: number): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const hard = setTimeout(() => child.kill('SIGKILL'), limitMs)
    await ended
    clearTimeout(hard)
  }
}

/** What a broker has beside the plain listener of tests. */
export interface MoreOfBroker {
  /** `host:port` by name. */
  listeners?: Record<string, string>
  settings?: Record<string, string>
  /** Arguments of the tool that formats its storage. */
  format?: readonly string[]
}

export async function startJvmKafka(more: MoreOfBroker = {}): Promise<TestKafka> {
  const classPath = join(await prepareKafka(), '*')
  const folder = await mkdtemp(join(tmpdir(), 'headwater-kafka-'))
  const [port, controller] = [await freePort(), await freePort()]
  const open = Object.entries({ PLAINTEXT: `127.0.0.1:${port}`, ...more.listeners }).map(
    ([name, at]) => `${name}://${at}`,
  )
  const settings = {
    ...brokerSettings,
    ...more.settings,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: [...open, `CONTROLLER://127.0.0.1:${controller}`].join(','),
    'advertised.listeners': open.join(','),
    'log.dirs': join(folder, LOGS),
  }
  const kafka = new JvmKafka([`127.0.0.1:${port}`], folder, classPath)
  try {
    const text = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(join(folder, 'server.properties'), text.join(''))
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', join(folder, 'server.properties')]
    await run('java', [...javaOptions, '-cp', classPath, ...format, ...(more.format ?? [])])
    await kafka.restart()
    return kafka
  } catch (error) {
    await kafka.stop()
    throw error
  }
}
