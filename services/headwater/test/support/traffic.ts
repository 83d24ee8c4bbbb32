import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { copyFileSync, linkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** One connection to make: bytes of payload each way, and whether it stays open. */
export interface Planned {
  host: string
  port: number
  request: number
  answer: number
  keep: boolean
}

/** What the client saw of it. */
export interface Made {
  port: number
  localPort: number
  sent: number
  received: number
  error: string
}

export interface TrafficProgram<T> {
  pid: number
  said: Promise<T>
  stop(): void
}

/** Runs a program of test/programs under a name of its own, as the kernel shows it: a link to node with that name. */
function program<T>(
  folder: string,
  name: string,
  file: string,
  args: readonly string[],
  netns?: string,
): TrafficProgram<T> {
  const node = join(folder, name)
  try {
    linkSync(process.execPath, node)
  } catch {
    copyFileSync(process.execPath, node)
  }
  const script = fileURLToPath(new URL(`../programs/${file}`, import.meta.url))
  const enter = netns === undefined ? [] : ['nsenter', `--net=${netns}`]
  const [command = '', ...rest] = [...enter, node, script, ...args]
  const child: ChildProcessWithoutNullStreams = spawn(command, rest)
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const said = new Promise<T>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as T))
    child.once('close', (code) => reject(new Error(`${name} ended with ${code}: ${errors}`)))
  })
  said.catch(() => undefined)
  return { pid: child.pid as number, said, stop: () => child.kill('SIGKILL') }
}

/** Listens on each host; says its ports. `netns`: path of a network namespace that is not this process's. */
export const startServer = (
  folder: string,
  name: string,
  hosts: readonly string[],
  netns?: string,
): TrafficProgram<number[]> => program(folder, name, 'server.mjs', hosts, netns)

/** Makes the connections; says what it saw of each, and keeps open what is to be kept until it is stopped. */
export const startClient = (
  folder: string,
  name: string,
  plan: readonly Planned[],
  netns?: string,
): TrafficProgram<Made[]> => program(folder, name, 'client.mjs', [JSON.stringify(plan)], netns)

/** A port of nobody, for now. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
