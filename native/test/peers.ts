import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:net'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./peer.mjs', import.meta.url))
const running = new Set<ChildProcess>()

/** A process of its own with sockets of its own (peer.mjs). */
export interface Peer {
  readonly pid: number
  // biome-ignore lint/suspicious/noExplicitAny: each operation has its own result
  do(op: string, options?: Record<string, unknown>): Promise<any>
  /** Takes over a server of the peer's: its socket stays in the peer's network namespace. */
  handOver(id: number): Promise<Server>
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/**
 * Starts a peer; with `netns` in the network namespace of that path, or with 'new' in one of its own. `title` becomes the process's
 * name.
 */
export async function startPeer(title: string, options: { netns?: string } = {}): Promise<Peer> {
  const { netns } = options
  const inside = netns === undefined ? [] : netns === 'new' ? ['unshare', '--net'] : ['nsenter', `--net=${netns}`]
  const [command, ...args] = [...inside, process.execPath, script]
  const child = spawn(command as string, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  running.add(child)
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  child.on('exit', () => {
    running.delete(child)
    for (const { reject } of waiting.values()) reject(new Error(`${title} ended`))
  })
  child.on('message', (message: { call?: number; result?: unknown; error?: string }, handle) => {
    if (message.call === undefined) return
    const call = waiting.get(message.call)
    waiting.delete(message.call)
    if (message.error !== undefined) call?.reject(new Error(`${title}: ${message.error}`))
    else call?.resolve(handle ?? message.result)
  })
  await once(child, 'message')
  let calls = 0
  const peer: Peer = {
    pid: child.pid as number,
    do: (op, options = {}) =>
      new Promise((resolve, reject) => {
        const call = calls++
        waiting.set(call, { resolve, reject })
        child.send({ call, op, ...options })
      }),
    handOver: (id) => peer.do('handOver', { id }),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
  await peer.do('title', { title })
  if (netns === 'new') await peer.do('loopback')
  return peer
}

/** The sockets a server accepted beyond those it had: waits for the first. */
export async function acceptedSince(server: Peer, before: number[]): Promise<number[]> {
  for (;;) {
    const accepted = ((await server.do('accepted')) as number[]).filter((socket) => !before.includes(socket))
    if (accepted.length > 0) return accepted
  }
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
