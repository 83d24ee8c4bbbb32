import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KernelObject } from '@headwater/native'
import type { HostOptions, Resident, Usage, Walk } from './host.ts'

/** As plain JavaScript: a process that reads TypeScript holds some 20 MB for it, which no agent does. */
function builtHost(): string {
  const host = fileURLToPath(new URL('../../build/bench/host.mjs', import.meta.url))
  mkdirSync(dirname(host), { recursive: true })
  writeFileSync(host, stripTypeScriptTypes(readFileSync(new URL('host.ts', import.meta.url), 'utf8')))
  return host
}

/** The agent's process (host.ts), seen from the bench. */
export class AgentProcess {
  /** For the agent's Node. */
  static nodeFlags: string[] = []

  #calls = 0
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()

  readonly #child: ChildProcess
  readonly #ready: Promise<unknown>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ready = this.#wait()
    child.on('message', ({ call, result }: { call: number; result?: unknown }) => {
      this.#waiting.get(call)?.resolve(result)
      this.#waiting.delete(call)
    })
    child.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the agent's process has ended with ${code}`))
      this.#waiting.clear()
    })
  }

  /** @param cpus where it may run, as taskset(1) takes it */
  static async start(options: HostOptions, cpus: string): Promise<AgentProcess> {
    const child = fork(builtHost(), [JSON.stringify(options)], {
      execPath: 'taskset',
      execArgv: ['-c', cpus, process.execPath, ...AgentProcess.nodeFlags],
      // What its Node says of itself (--trace-gc) is no result.
      stdio: ['ignore', 2, 'inherit', 'ipc'],
    })
    const agent = new AgentProcess(child)
    await agent.#ready
    return agent
  }

  usage = () => this.#ask('usage') as Promise<Usage>
  resident = () => this.#ask('resident') as Promise<Resident>
  inventory = () => this.#ask('inventory') as Promise<KernelObject[]>
  walk = () => this.#ask('walk') as Promise<Walk>

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.send({ call: -1, order: 'stop' })
    const end = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await exited
    clearTimeout(end)
  }

  #wait(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(this.#calls++, { resolve, reject }))
  }

  #ask(order: string): Promise<unknown> {
    const call = this.#calls
    const answer = this.#wait()
    this.#child.send({ call, order })
    return answer
  }
}
