import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Lab, LabNode, LabOptions } from '@headwater/lab'
import { cleanEnv, follow, type Running } from '../../support/headwater.js'

const PROGRAM = fileURLToPath(new URL('../../programs/lab.mjs', import.meta.url))

/** What a lab in another process is asked. */
export interface AskedLab extends Pick<Lab, 'truth' | 'names' | 'pause' | 'resume' | 'drain' | 'inspect' | 'setFault'> {
  nodes(): Promise<LabNode[]>
}

export interface LabProcessOptions {
  lab: Omit<LabOptions, 'logger'>
  /** Of the demo on it, as flags take it; left out: the lab alone. */
  config?: Record<string, string>
  /** Nodes for which the demo starts no agent. */
  unobserved?: string[]
}

/** Starts a lab, alone or with the demo on it. Whoever starts it stops it. */
export function startLabProcess(options: LabProcessOptions): { running: Running; lab: AskedLab } {
  const running = follow(fork(PROGRAM, [JSON.stringify(options)], { env: cleanEnv(), silent: true }))
  const { child } = running
  let asked = 0
  const ask = (method: keyof AskedLab, args: unknown[]) =>
    new Promise<never>((resolve, reject) => {
      const id = ++asked
      const over = () => reject(new Error(`the lab is over:\n${running.stderr()}`))
      const answer = (message: { id: number; value?: never; error?: string }) => {
        if (message.id !== id) return
        child.off('message', answer as never)
        child.off('exit', over)
        if (message.error === undefined) resolve(message.value as never)
        else reject(new Error(message.error))
      }
      child.on('message', answer as never)
      child.once('exit', over)
      child.send({ id, method, args })
    })
  return {
    running,
    lab: {
      nodes: () => ask('nodes', []),
      truth: (...args) => ask('truth', args),
      names: () => ask('names', []),
      pause: () => ask('pause', []),
      resume: () => ask('resume', []),
      drain: () => ask('drain', []),
      inspect: (...args) => ask('inspect', args),
      setFault: (...args) => ask('setFault', args),
    },
  }
}
