import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { copyFileSync, linkSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const program = (name: string) => fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))

/** A child that talks in lines. It runs from an executable of its own name, so that its process name is known. */
class Child {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>
  readonly #interface: Interface

  constructor(executable: string, args: string[], netns?: string) {
    const [command = '', ...rest] = [...(netns === undefined ? [] : ['nsenter', `--net=${netns}`]), executable, ...args]
    this.#child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#interface = createInterface({ input: this.#child.stdout })
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async line(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('the child has ended')
    return JSON.parse(value)
  }

  async order(order: object): Promise<void> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`)
    await this.line()
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await ended
  }
}

export const SERVER_NAME = 'hw-test-server'
export const CLIENT_NAME = 'hw-test-client'

/** A server and a client in processes of their own, named SERVER_NAME and CLIENT_NAME. */
export class Peers {
  port = 0
  server!: Child
  client!: Child
  readonly #folder = mkdtempSync(join(tmpdir(), 'hw-peers-'))

  /** @param netns paths of the network namespaces that they live in, where that is not this process's */
  async start(
    listenOn: string,
    netns: { server?: string | undefined; client?: string | undefined } = {},
  ): Promise<this> {
    this.server = new Child(this.#executable(SERVER_NAME), [program('server'), listenOn], netns.server)
    this.port = Number((await this.server.line()).port)
    this.client = new Child(this.#executable(CLIENT_NAME), [program('client')], netns.client)
    return this
  }

  async stop(): Promise<void> {
    await this.client?.end()
    await this.server?.end()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #executable(name: string): string {
    const path = join(this.#folder, name)
    try {
      linkSync(process.execPath, path)
    } catch {
      copyFileSync(process.execPath, path)
    }
    return path
  }
}

/** A port of a host on which nothing listens. */
export async function closedPort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
