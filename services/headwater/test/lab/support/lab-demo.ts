import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodesAnswer } from '@headwater/contracts'
import type { Lab, LabNode, LabOptions } from '@headwater/lab'
import { cleanEnv, eventually, temporaryFolder } from '../../support/headwater.js'

const PROGRAM = fileURLToPath(new URL('../../programs/lab.mjs', import.meta.url))

type Asked = Pick<Lab, 'truth' | 'pause' | 'resume' | 'drain' | 'inspect' | 'setFault'>

/** The demo on a lab whose truth can be asked. */
export interface LabDemo extends Asked {
  get<T>(path: string): Promise<T>
  nodes(): Promise<LabNode[]>
  readonly dataDir: string
  /** Where it answers. */
  readonly url: string
  /** What it logged. */
  log(): string
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

export interface LabDemoOptions {
  lab?: Omit<LabOptions, 'logger' | 'lockPath'>
  /** Keys of the configuration, as flags take them. */
  config?: Record<string, string>
  /** Nodes for which it starts no agent. */
  unobserved?: string[]
}

/** Waits until agents of so many nodes are heard. */
export const heardOf = (count: number, get: LabDemo['get']): Promise<NodesAnswer> =>
  eventually(`${count} agents`, async () => {
    const answer = await get<NodesAnswer>('/api/v1/nodes')
    return answer.nodes.length === count ? answer : undefined
  })

/** Starts it, and waits until its agents are heard. Its lab keeps to itself: a demo may run beside it. */
export async function startLabDemo({ lab = {}, config = {}, unobserved = [] }: LabDemoOptions = {}): Promise<LabDemo> {
  const folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const options = {
    config: { 'data-dir': dataDir, listen: '127.0.0.1:0', ...config },
    lab: { ...lab, lockPath: join(folder.path, 'lab.lock') },
    unobserved,
  }
  const child = fork(PROGRAM, [JSON.stringify(options)], { env: cleanEnv(), silent: true })
  let log = ''
  let out = ''
  child.stderr?.on('data', (chunk) => {
    log += chunk
  })
  child.stdout?.on('data', (chunk) => {
    out += chunk
  })
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGINT')
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await ended
    clearTimeout(late)
    folder.remove()
  }

  let asked = 0
  const ask = (method: keyof Asked | 'nodes', args: unknown[]) =>
    new Promise<never>((resolve, reject) => {
      const id = ++asked
      const answer = (message: { id: number; value?: never; error?: string }) => {
        if (message.id !== id) return
        child.off('message', answer as never)
        if (message.error === undefined) resolve(message.value as never)
        else reject(new Error(message.error))
      }
      child.on('message', answer as never)
      child.send({ id, method, args })
    })

  try {
    const [, url = '', token = ''] = await eventually(
      'the URL',
      () => {
        if (child.exitCode !== null) return []
        return /ready: {2}(http:\S+)\/#token=(\S+)/.exec(out) ?? undefined
      },
      60_000,
    )
    if (url === '') throw new Error('the demo ended')
    const get = async <T>(path: string) => {
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
      const body = await response.text()
      if (!response.ok) throw new Error(`${path}: ${response.status} ${body}`)
      return JSON.parse(body) as T
    }
    await heardOf(6 - unobserved.length, get)
    return {
      ...{ get, dataDir, url, stop, log: () => log },
      nodes: () => ask('nodes', []),
      truth: (...args) => ask('truth', args),
      pause: () => ask('pause', []),
      resume: () => ask('resume', []),
      drain: () => ask('drain', []),
      inspect: (...args) => ask('inspect', args),
      setFault: (...args) => ask('setFault', args),
    }
  } catch (cause) {
    await stop()
    throw new Error(`the demo did not start:\n${log}`, { cause })
  }
}
