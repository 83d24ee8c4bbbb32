import { fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodesAnswer } from '@headwater/contracts'
import type { Lab, LabNode, LabOptions } from '@headwater/lab'
import { apiOf, cleanEnv, eventually, follow, readyOf, temporaryFolder } from '../../support/headwater.js'

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
  const running = follow(fork(PROGRAM, [JSON.stringify(options)], { env: cleanEnv(), silent: true }))
  const { child } = running
  const stop = async () => {
    await running.stop()
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
    const ready = await readyOf(running)
    const get = apiOf(ready)
    await heardOf(6 - unobserved.length, get)
    return {
      ...{ get, dataDir, url: ready.url, stop, log: running.stderr },
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
    throw new Error(`the demo did not start:\n${running.stderr()}`, { cause })
  }
}
