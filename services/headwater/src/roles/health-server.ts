import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Component, Logger } from '@headwater/contracts/runtime'
import type { Address } from '../config/address.js'
import { listenError } from '../up/port.js'

// By import the module would load all that it offers, its WebSocket too: 10 MB of an agent (its getters are asked one by one).
const { createServer } = process.getBuiltinModule('node:http')

export interface HealthServerOptions {
  address: Address
  healthy: () => boolean
  metrics: () => Promise<string>
  logger: Logger
}

/** /healthz and /metrics of a role that has no API. */
export class HealthServer implements Component {
  #server: Server | undefined

  constructor(private readonly options: HealthServerOptions) {}

  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null)?.port
  }

  /** @throws UserError where it cannot listen */
  async start(): Promise<void> {
    const { address, healthy, metrics, logger } = this.options
    const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
      const path = request.url?.split('?')[0]
      const answer = (status: number, text: string) =>
        response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
      if (request.method !== 'GET') answer(405, 'GET only\n')
      else if (path === '/healthz') healthy() ? answer(200, 'ok\n') : answer(503, 'not working\n')
      else if (path === '/metrics')
        metrics().then(
          (text) => answer(200, text),
          (error: Error) => answer(500, `${error.message}\n`),
        )
      else answer(404, '/healthz and /metrics are here\n')
    })
    server.maxConnections = 64
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(listenError(address, cause)))
      server.listen(address.port, address.host, resolve)
    })
    this.#server = server
    logger.info('metrics are up', { host: address.host, port: this.port })
  }

  async stop(): Promise<void> {
    this.#server?.close()
    this.#server?.closeAllConnections()
  }
}
