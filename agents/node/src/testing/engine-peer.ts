import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A peer of the Docker Engine API's protocol, where no engine can run: a real HTTP server on a Unix socket, whose answers have the
 * form of an engine's. Counts what it is asked.
 */
export class EnginePeer {
  readonly folder = mkdtempSync(join(tmpdir(), 'hw-engine-'))
  readonly socketPath = join(this.folder, 'docker.sock')
  readonly asked: string[] = []
  #server: Server | undefined

  async start(answer: RequestListener): Promise<this> {
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`)
      answer(request, response)
    })
    await new Promise<void>((resolve) => this.#server?.listen(this.socketPath, resolve))
    return this
  }

  /** Answers with what `of` gives for a path; undefined is the engine's 404. */
  serve(of: (path: string) => unknown): Promise<this> {
    return this.start(({ url = '' }, response) => {
      const answer = of(url)
      const status = answer === undefined ? 404 : 200
      response.writeHead(status, {
        'content-type': 'application/json',
        'api-version': '1.47',
        server: 'Docker/27.3.1 (linux)',
      })
      response.end(JSON.stringify(answer ?? { message: `No such container: ${url}` }))
    })
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => (this.#server === undefined ? resolve(undefined) : this.#server.close(resolve)))
    this.#server = undefined
  }

  async end(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A container as GET /containers/json lists it. */
export const listedContainer = (
  id: string,
  name: string,
  labels: Record<string, string> = {},
  image = 'shop/cart:1.4',
) => ({
  Id: id,
  Names: [`/${name}`],
  Image: image,
  ImageID: `sha256:${'5'.repeat(64)}`,
  Command: '/bin/cart --port 8080',
  Created: 1_760_000_000,
  Ports: [{ PrivatePort: 8080, Type: 'tcp' }],
  Labels: labels,
  State: 'running',
  Status: 'Up 3 minutes',
  HostConfig: { NetworkMode: 'shop_default' },
  NetworkSettings: { Networks: { shop_default: { IPAddress: '172.18.0.4' } } },
  Mounts: [],
})

/** The same as GET /containers/ID/json tells it. */
export const inspectedContainer = (
  id: string,
  name: string,
  labels: Record<string, string> = {},
  image = 'shop/cart:1.4',
) => ({
  Id: id,
  Created: '2026-10-09T08:53:20.123456789Z',
  Path: '/bin/cart',
  Args: ['--port', '8080'],
  State: { Status: 'running', Running: true, Pid: 4242, ExitCode: 0, StartedAt: '2026-10-09T08:53:20.9Z' },
  Image: `sha256:${'5'.repeat(64)}`,
  Name: `/${name}`,
  RestartCount: 0,
  Driver: 'overlay2',
  HostConfig: { NetworkMode: 'shop_default' },
  Config: { Hostname: id.slice(0, 12), Env: ['PATH=/bin'], Image: image, Labels: labels },
  NetworkSettings: { Networks: {} },
})
