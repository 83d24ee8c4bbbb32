import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@headwater/contracts'
import type { Account } from './connection.js'
import type { EmbeddedLibrary } from './library.js'

/** Exit codes of the launcher (native/launcher/launcher.c). */
export const EXIT_LOCKED = 7

const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 25_000

export interface ProcessOptions {
  library: EmbeddedLibrary
  configFile: string
  dataPath: string
  lockFile: string
  /** The server writes the port it listens on here; removed before each start. */
  portFile: string
  runAs?: Account | undefined
  logger: Logger
}

/** How a server process ended. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines it said. */
  said: string[]
}

/** One run of the server: from spawn until its end. */
export class ServerProcess {
  readonly ended: Promise<Ended>
  private readonly said: string[] = []
  private readonly child: ChildProcess

  constructor(private readonly options: ProcessOptions) {
    const { library, configFile, dataPath, lockFile, portFile, runAs } = options
    const privileges = runAs ? ['--uid', String(runAs.uid), '--gid', String(runAs.gid)] : []
    // The last statement ends when stdin does. Its own session: Ctrl-C in the terminal is for us, who then close stdin.
    const statements = [
      'SYSTEM START LISTEN HTTP',
      `SELECT getServerPort('http_port') INTO OUTFILE '${portFile}' FORMAT TSV`,
      "INSERT INTO FUNCTION null('line String') FROM INFILE '/dev/stdin' FORMAT LineAsString",
    ]
    const launch = ['--lock', lockFile, '--tables', join(dataPath, 'store')]
    const args = [`--config-file=${configFile}`, `--path=${dataPath}`, `--query=${statements.join('; ')}`]
    this.child = spawn(library.launcher, [...privileges, ...launch, library.library, ...args], {
      cwd: dataPath,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' },
    })
    // An end before the first write must not be an unhandled error of the pipe.
    this.child.stdin?.on('error', () => undefined)
    if (this.child.stderr)
      createInterface({ input: this.child.stderr }).on('line', (line) => {
        this.said.push(line)
        if (this.said.length > 20) this.said.shift()
        if (line !== '') options.logger.debug(line)
      })
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal, said: this.said })
      this.child.once('close', end)
      this.child.once('error', (error) => {
        this.said.push(error.message)
        end(null, null)
      })
    })
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  /** The port it listens on, or how it ended before it listened. */
  async listening(): Promise<number | Ended> {
    let ended: Ended | undefined
    this.ended.then((value) => {
      ended = value
    })
    for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await sleep(10)) {
      if (ended) return ended
      const port = await readFile(this.options.portFile, 'utf8').catch(() => '')
      if (port.endsWith('\n')) return Number(port)
    }
    await this.kill()
    return { code: null, signal: 'SIGKILL', said: [...this.said, `not ready after ${READY_TIMEOUT_MS / 1000} s`] }
  }

  /** Clean end by closing stdin; by force after a while. */
  async stop(): Promise<Ended> {
    this.child.stdin?.end()
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    const ended = await this.ended
    clearTimeout(timer)
    return ended
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}
