import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Runs in the other network namespace: a Unix socket, which is in none, to a TCP port on loopback. */
const FORWARD = `const net = require('node:net')
const [path, port] = process.argv.slice(1)
net.createServer((near) => {
  const far = net.connect(Number(port), '127.0.0.1')
  for (const [one, other] of [[near, far], [far, near]]) one.on('error', () => other.destroy()).pipe(other)
}).listen(path, () => console.log('listens'))
process.stdin.resume().on('end', () => process.exit())`

/** HTTP to ports on the loopback of another process' network namespace. */
export class Inside {
  readonly #forwards = new Map<string, Promise<ChildProcess>>()

  /** @param folder for sockets */
  constructor(private readonly folder: string) {}

  async #forward(pid: number, port: string, path: string): Promise<ChildProcess> {
    const node = [process.execPath, '-e', FORWARD, path, port]
    // It ends with its stdin, so also with this process.
    const child = spawn('nsenter', ['-t', String(pid), '--net', ...node], { stdio: ['pipe', 'pipe', 'inherit'] })
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    return child
  }

  /** @returns status and body of a GET */
  async get(pid: number, url: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
    const { port, pathname, search, host } = new URL(url)
    const socketPath = join(this.folder, `${port}.sock`)
    const forward = this.#forwards.get(port) ?? this.#forward(pid, port, socketPath)
    this.#forwards.set(port, forward)
    await forward
    const asked = request({
      socketPath,
      path: `${pathname}${search}`,
      headers: { ...headers, host },
      agent: false,
      timeout: 30_000,
    })
    asked.on('timeout', () => asked.destroy(new Error(`${url}: no answer in 30 s`))).end()
    const [answer] = await once(asked, 'response')
    return { status: answer.statusCode, body: await text(answer) }
  }

  async stop(): Promise<void> {
    for (const forward of this.#forwards.values()) (await forward).stdin?.end()
    this.#forwards.clear()
  }
}
