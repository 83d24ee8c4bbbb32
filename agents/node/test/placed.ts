import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program of programs/ in a network namespace, which does what it is told. */
export interface Placed {
  readonly pid: number
  // biome-ignore lint/suspicious/noExplicitAny: each operation has its own result
  do(op: string, options?: Record<string, unknown>): Promise<any>
  pause(): void
  resume(): void
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()

/** @param netns path of a network namespace; left out: the test's own */
export async function place(program: string, netns?: string): Promise<Placed> {
  const script = fileURLToPath(new URL(`./programs/${program}`, import.meta.url))
  const inside = netns === undefined ? [] : ['nsenter', `--net=${netns}`]
  const [command = '', ...args] = [...inside, process.execPath, script]
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  running.add(child)
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  child.on('exit', () => running.delete(child))
  child.on('message', ({ call, result, error }: { call?: number; result?: unknown; error?: string }) => {
    if (call === undefined) return
    if (error === undefined) waiting.get(call)?.resolve(result)
    else waiting.get(call)?.reject(new Error(`${program}: ${error}`))
    waiting.delete(call)
  })
  await once(child, 'message')
  let calls = 0
  return {
    pid: child.pid as number,
    do: (op, options = {}) =>
      new Promise((resolve, reject) => {
        const call = calls++
        waiting.set(call, { resolve, reject })
        child.send({ call, op, ...options })
      }),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
