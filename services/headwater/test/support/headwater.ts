import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { processStart } from '../../src/self/process.js'

export const PROGRAM = fileURLToPath(new URL('../../bin/headwater.js', import.meta.url))

/** Root of this checkout. */
export const CHECKOUT = fileURLToPath(new URL('../../../..', import.meta.url))

/** Environment of a user who configures nothing. */
export function cleanEnv(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(HEADWATER_|SUDO_|NODE_OPTIONS|VITEST)/.test(name))
  return { ...Object.fromEntries(kept), ...more }
}

/** A temporary folder that any user can pass through, removed by `remove`. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'headwater-it-'))
  chmodSync(path, 0o755)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface Running {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

export interface RunOptions {
  env?: Record<string, string>
  /** Where the checkout is mounted, for a process that sees it elsewhere. */
  checkout?: string
  /** Program and arguments before node, such as setpriv. */
  prefix?: string[]
}

/** Runs `headwater ...args`. Whoever starts it stops it. */
export function start(args: readonly string[], { env = {}, prefix = [], checkout }: RunOptions = {}): Running {
  const at = (path: string) => (checkout === undefined ? path : join(checkout, relative(CHECKOUT, path)))
  const [program = '', ...rest] = [...prefix, at(process.execPath), at(PROGRAM), ...args]
  return follow(spawn(program, rest, { env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** Keeps what a child prints, and ends it. */
export function follow(child: ChildProcess): Running {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals)
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    ended,
    stop: async (signal = 'SIGINT') => {
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
      const code = await ended
      clearTimeout(late)
      return code
    },
  }
}

/** URL and token, once it has printed them. @throws where it ended before */
export async function readyOf(running: Running): Promise<{ url: string; token: string }> {
  let over: unknown
  running.ended.then((code) => {
    over = code
  })
  const [, url = '', token = ''] = await eventually(
    'the URL',
    () => (over === undefined ? (/ready: {2}(http:\S+)\/#token=(\S+)/.exec(running.stdout()) ?? undefined) : []),
    60_000,
  )
  if (url === '') throw new Error(`it ended (${over}):\n${running.stderr()}`)
  return { url, token }
}

/** Asks an API for JSON. @throws with what it answered where that is none */
export const apiOf =
  ({ url, token }: { url: string; token: string }) =>
  async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    const body = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`)
    return JSON.parse(body) as T
  }

/** For a failure's message: what each of them said last on stderr, and how those that are over have ended. */
export function lastWords(running: readonly Running[], lines = 25): string {
  const of = ({ child, stderr }: Running) => {
    const { exitCode, signalCode, pid, spawnargs } = child
    const state = (exitCode ?? signalCode) === null ? 'runs' : `ended with ${signalCode ?? exitCode}`
    const command = spawnargs.slice(spawnargs.indexOf(PROGRAM) + 1).join(' ')
    return `--- headwater ${command} (${pid}) ${state}:\n${stderr().trimEnd().split('\n').slice(-lines).join('\n')}`
  }
  return running.map(of).join('\n')
}

/** Runs `headwater ...args` to its end. */
export async function run(args: readonly string[], options: RunOptions = {}) {
  const running = start(args, options)
  const late = setTimeout(() => running.child.kill('SIGKILL'), 45_000)
  const code = await running.ended
  clearTimeout(late)
  return { code, stdout: running.stdout(), stderr: running.stderr() }
}

/** Waits until `look` finds something; `what` names it in the error. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 20_000,
): Promise<T> {
  let last: unknown
  for (const deadline = performance.now() + withinMs; performance.now() < deadline; await sleep(100)) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      last = error
    }
  }
  throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last })
}

/** A running `headwater up` and its API. */
export interface Up extends Running {
  url: string
  token: string
  dataDir: string
  get<T = Record<string, unknown>>(path: string): Promise<T>
  /** Its processes, by what they are. */
  pids(): Record<'supervisor' | 'services' | 'agent' | 'clickhouse', number | undefined>
}

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Ids in the registry of a data folder whose processes live. */
export function livePids(dataDir: string): number[] {
  const folder = join(dataDir, 'pids')
  return readdirSync(folder)
    .map(Number)
    .filter((pid) => readFileSync(join(folder, String(pid)), 'utf8') === processStart(pid))
}

/** Starts `headwater up` on a free port, and waits for its URL. */
export async function startUp(dataDir: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Up> {
  const running = start(['up', '--data-dir', dataDir, '--listen', '127.0.0.1:0', ...args], options)
  const ready = await readyOf(running).catch(async (cause) => {
    await running.stop('SIGKILL')
    throw new Error('headwater up', { cause })
  })
  const find = (...words: string[]) =>
    livePids(dataDir).find((pid) => words.every((word) => commandLine(pid).includes(word)))
  return {
    ...running,
    ...ready,
    dataDir,
    get: apiOf(ready),
    pids: () => ({
      supervisor: find('headwater.js up'),
      services: find('child-services'),
      agent: find('child-agent'),
      clickhouse: find('headwater-store'),
    }),
  }
}

/** What is missing for tests that need the agent; undefined where nothing is. */
export const noAgent: string | undefined =
  process.platform !== 'linux' ? 'the agent needs Linux' : process.getuid?.() !== 0 ? 'the agent needs root' : undefined

export const notRoot: string | undefined = process.getuid?.() === 0 ? undefined : 'changing users needs root'

/** Says why tests are skipped, once. @returns whether they are */
export function skip(name: string, reason: string | undefined): boolean {
  if (reason !== undefined) console.warn(`SKIP ${name}: ${reason}`)
  return reason !== undefined
}
