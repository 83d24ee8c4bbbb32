import { join } from 'node:path'
import type { NodesAnswer } from '@headwater/contracts'
import type { LabOptions } from '@headwater/lab'
import { apiOf, eventually, readyOf, temporaryFolder } from '../../support/headwater.js'
import { type AskedLab, startLabProcess } from './lab-process.js'

/** The demo on a lab whose truth can be asked. */
export interface LabDemo extends AskedLab {
  get<T>(path: string): Promise<T>
  readonly dataDir: string
  /** Where it answers. */
  readonly url: string
  readonly token: string
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
export const heardOf = (count: number, get: LabDemo['get'], withinMs?: number): Promise<NodesAnswer> =>
  eventually(
    `${count} agents`,
    async () => {
      const answer = await get<NodesAnswer>('/api/v1/nodes')
      return answer.nodes.length === count ? answer : undefined
    },
    withinMs,
  )

/** Starts it, and waits until its agents are heard. Its lab keeps to itself: a demo may run beside it. */
export async function startLabDemo({ lab = {}, config = {}, unobserved = [] }: LabDemoOptions = {}): Promise<LabDemo> {
  const folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const started = startLabProcess({
    config: { 'data-dir': dataDir, listen: '127.0.0.1:0', ...config },
    lab: { ...lab, lockPath: join(folder.path, 'lab.lock') },
    unobserved,
  })
  const { running } = started
  const stop = async () => {
    await running.stop()
    folder.remove()
  }
  try {
    const ready = await readyOf(running)
    const get = apiOf(ready)
    await heardOf(6 - unobserved.length, get)
    return { ...started.lab, get, dataDir, url: ready.url, token: ready.token, stop, log: running.stderr }
  } catch (cause) {
    await stop()
    throw new Error(`the demo did not start:\n${running.stderr()}`, { cause })
  }
}
