import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A network namespace of the test's own, with a loopback: what else the machine does is not in there. */
export interface TestNamespace {
  /** For the key agent.netns. */
  readonly path: string
  /** Ends it, when those in it have ended. */
  stop(): void
}

/** Makes one; it lives as long as a `cat` whose input is a pipe of this process. */
export async function startNamespace(): Promise<TestNamespace> {
  const script = 'ip link set lo up && echo up && exec cat'
  const holder = spawn('unshare', ['--net', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(holder, 'exit').then(([code]) => {
    throw new Error(`no network namespace: unshare ended with ${code}`)
  })
  ended.catch(() => undefined)
  await Promise.race([once(holder.stdout, 'data'), ended])
  return { path: `/proc/${holder.pid}/ns/net`, stop: () => holder.stdin.end() }
}
