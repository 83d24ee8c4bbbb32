import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { log } from '../log.ts'
import { controllerServices, healthServices, pluginServices } from './definitions.ts'
import type { Handlers } from './messages.ts'

/** Grafana gives a query this long; who asks without a deadline gets no more. */
const DEADLINE_MS = 30_000

type Call = Pick<ServerUnaryCall<never, unknown>, 'getDeadline'> & {
  on(event: 'cancelled', then: () => void): unknown
}

interface Watch {
  signal: AbortSignal
  /** The answer is given: what it held is free at once, not at its deadline. */
  end(): void
}

/** Aborts when the caller is gone, and in any case at the deadline. `cancelled` comes after a normal end too, which then stops nothing. */
function watchCall(call: Call): Watch {
  const stop = new AbortController()
  const deadline = call.getDeadline()
  const until = (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now()
  const left = Math.max(1, Math.min(DEADLINE_MS, Number.isFinite(until) ? until : DEADLINE_MS))
  const timer = setTimeout(() => stop.abort(new DOMException('the deadline has passed', 'TimeoutError')), left)
  let ended = false
  call.on('cancelled', () => {
    clearTimeout(timer)
    if (!ended) stop.abort(new DOMException('the caller is gone', 'AbortError'))
  })
  const end = () => {
    ended = true
    clearTimeout(timer)
  }
  return { signal: stop.signal, end }
}

const unary =
  <Request, Answer>(answer: (request: Request, signal: AbortSignal) => Promise<Answer> | Answer) =>
  (call: ServerUnaryCall<Request, Answer>, done: sendUnaryData<Answer>): void => {
    const { signal, end } = watchCall(call)
    Promise.resolve(answer(call.request, signal))
      .finally(end)
      .then(
        (value) => done(null, value),
        (error) => {
          log('error', 'a call failed', { path: call.getPath(), error: String(error?.stack ?? error) })
          done({ code: status.INTERNAL, details: 'this failed within the plugin; the log of Grafana has the reason' })
        },
      )
  }

/** The gRPC server of a go-plugin plugin. @param shutdown called when Grafana asks for the end */
export function createServer(handlers: Handlers, shutdown: () => void): Server {
  const server = new Server({ 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': 16 * 1024 * 1024 })
  const add = (definition: (typeof pluginServices)[string] | undefined, methods: object) => {
    if (definition === undefined) throw new Error('a service is missing in the proto files')
    server.addService(definition, methods as never)
  }
  add(pluginServices.Data, { QueryData: unary(handlers.queryData) })
  add(pluginServices.Diagnostics, {
    CheckHealth: unary(handlers.checkHealth),
    CollectMetrics: unary(() => ({ metrics: { prometheus: Buffer.from(handlers.collectMetrics()) } })),
  })
  add(pluginServices.Resource, {
    CallResource: (call: ServerWritableStream<never, unknown>) => {
      const { signal, end } = watchCall(call)
      handlers
        .callResource(call.request, signal)
        .finally(end)
        .then(
          (answer) => {
            // What end() takes here is metadata.
            call.write(answer)
            call.end()
          },
          (error) => call.destroy(Object.assign(new Error(String(error)), { code: status.INTERNAL })),
        )
    },
  })
  const serving = ({ service }: { service: string }) => ({ status: ['', 'plugin'].includes(service) ? 1 : 3 })
  add(healthServices.Health, { Check: unary(serving) })
  add(controllerServices.GRPCController, {
    Shutdown: unary(() => {
      setImmediate(shutdown)
      return {}
    }),
  })
  return server
}

/** @param address such as unix:/tmp/x/plugin.sock; @returns the port, for TCP */
export const listen = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    )
  })
