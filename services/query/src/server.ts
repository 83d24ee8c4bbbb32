import 'reflect-metadata'
import type { AddressInfo } from 'node:net'
import { type Component, UserError } from '@headwater/contracts'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { serveConsole } from './console/routes.js'
import { limitBodies } from './http/bodies.js'
import { followCaller } from './http/caller.js'
import { entryHook } from './http/entry.js'
import { securityHeaders } from './http/headers.js'
import { HostCheck } from './http/hosts.js'
import { sendProblem, toProblem } from './http/problem.filter.js'
import { Metrics } from './metrics/metrics.js'
import { observeRequests } from './metrics/requests.js'
import { queryModule } from './module.js'
import { defaultLimits, type QueryServerOptions } from './options.js'

export interface QueryServer extends Component {
  /** Where it listens, such as http://127.0.0.1:4400; after start. */
  readonly url: string
  /** What a person opens: the same, or with a name out of `allowedHosts` where that alone is answered. */
  readonly openUrl: string
}

const HEADER_BYTES = 65_536
const REQUEST_TIMEOUT_MS = 30_000
const STOP_GRACE_MS = 2_000

const literal = (host: string): string => (host.includes(':') ? `[${host}]` : host)

function listenError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const address = `${literal(host)}:${port}`
  const fix = 'choose another with --listen HOST:PORT or HEADWATER_LISTEN'
  const options = { cause: error }
  if (error.code === 'EADDRINUSE')
    return new UserError('port-in-use', `something else listens on ${address} already`, `end it, or ${fix}`, options)
  if (error.code === 'EACCES')
    return new UserError(
      'port-not-allowed',
      `listening on ${address} is not allowed`,
      `take a port from 1024 on, or ${fix}`,
      options,
    )
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new UserError('address-not-here', `${host} is not an address of this machine`, fix, options)
  return error
}

class HttpServer implements QueryServer {
  private app: NestFastifyApplication | undefined
  private address = ''
  private shown = ''
  private readonly hosts: HostCheck

  constructor(private readonly options: QueryServerOptions) {
    this.hosts = new HostCheck(options.host, options.allowedHosts)
  }

  get openUrl(): string {
    return this.shown
  }

  get url(): string {
    return this.address
  }

  async start(): Promise<void> {
    const { host, port, logger } = this.options
    const app = await this.build()
    try {
      await app.listen(port, host)
    } catch (error) {
      await app.close()
      throw listenError(error as NodeJS.ErrnoException, host, port)
    }
    this.app = app
    const bound = app.getHttpServer().address() as AddressInfo
    this.address = `http://${literal(['0.0.0.0', '::'].includes(host) ? 'localhost' : host)}:${bound.port}`
    this.shown = `http://${this.hosts.authority(bound.port)}`
    logger.info('listening', { url: this.address })
  }

  private async build(): Promise<NestFastifyApplication> {
    const adapter = new FastifyAdapter({
      http: { maxHeaderSize: HEADER_BYTES },
      bodyLimit: 1,
      requestTimeout: REQUEST_TIMEOUT_MS,
      forceCloseConnections: 'idle',
      frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => {
        reply.headers(securityHeaders)
        sendProblem(reply, toProblem(error, 'this URL'))
      },
    })
    const app = await NestFactory.create<NestFastifyApplication>(queryModule(this.options), adapter, {
      logger: false,
      abortOnError: false,
      bodyParser: false,
    })
    const fastify = adapter.getInstance()
    observeRequests(fastify, app.get(Metrics))
    const urlLength = this.options.limits?.urlLength ?? defaultLimits.urlLength
    fastify.addHook('onRequest', entryHook(this.hosts, urlLength))
    fastify.addHook('onRequest', followCaller)
    fastify.addHook('onRoute', limitBodies)
    serveConsole(fastify, this.options.consoleDir)
    await app.init()
    return app
  }

  async stop(): Promise<void> {
    const app = this.app
    if (app === undefined) return
    this.app = undefined
    const cut = setTimeout(() => app.getHttpServer().closeAllConnections(), STOP_GRACE_MS)
    try {
      await app.close()
    } finally {
      clearTimeout(cut)
    }
  }
}

/** The HTTP API and the console. Inert until start(). start() @throws UserError where it cannot listen */
export const createQueryServer = (options: QueryServerOptions): QueryServer => new HttpServer(options)
