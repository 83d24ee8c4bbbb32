import { stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { ContainerFacts } from './container.js'
import { inspected, listed } from './docker-answers.js'

// By import the module would load all that it offers, its WebSocket too: 10 MB of the process (its getters are asked one by one).
const { request } = process.getBuiltinModule('node:http')

/** An answer in all, from the connect to its last byte. */
const ANSWER_MS = 5000
/** Parsing holds up the loop: about 10 ms for a list of this size, which is a thousand containers. */
const MAX_LIST_BYTES = 2 * 2 ** 20
const MAX_CONTAINER_BYTES = 512 * 1024
const MAX_LISTED = 4096

/** `away`: the engine is not there, or does not answer; otherwise it did, and the answer was of no use. */
export class EngineError extends Error {
  override name = 'EngineError'
  constructor(
    message: string,
    readonly away: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/**
 * Two reading calls of the Docker Engine API over its Unix socket, bounded in time and size. No version in the paths: the fields
 * that are read are the same since 1.24.
 */
export class DockerEngine {
  /** @param socketPath of an engine on this machine */
  constructor(
    readonly socketPath: string,
    private readonly answerMs = ANSWER_MS,
  ) {}

  /** The containers that run. @throws EngineError */
  async list(signal: AbortSignal): Promise<(ContainerFacts & { whole: boolean })[]> {
    const answer = await this.#get('/containers/json', MAX_LIST_BYTES, signal)
    if (!Array.isArray(answer)) throw new EngineError('the list of containers is no list', false)
    return answer.slice(0, MAX_LISTED).flatMap((item) => listed(item) ?? [])
  }

  /** A container, whether it runs or not; undefined where this engine has none of that id. @throws EngineError */
  async inspect(id: string, signal: AbortSignal): Promise<ContainerFacts | undefined> {
    const answer = await this.#get(`/containers/${id}/json`, MAX_CONTAINER_BYTES, signal)
    if (answer === undefined) return undefined
    const facts = inspected(answer)
    if (facts?.id !== id) throw new EngineError('the answer is not about the container that was asked for', false)
    return facts
  }

  /** The parsed answer, undefined for 404. */
  async #get(path: string, maxBytes: number, signal: AbortSignal): Promise<unknown> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.answerMs)])
    const { status, body } = await this.#exchange(path, maxBytes, within)
    if (status === 404) return undefined
    if (status !== 200) throw new EngineError(`it answers ${status}`, status >= 500)
    try {
      return JSON.parse(body)
    } catch (cause) {
      throw new EngineError('its answer is no JSON', false, { cause })
    }
  }

  async #exchange(path: string, maxBytes: number, signal: AbortSignal): Promise<{ status: number; body: string }> {
    try {
      // A pipe or a file of that name would be opened and waited for.
      if (!(await stat(this.socketPath)).isSocket()) throw new EngineError('it is no socket', true)
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { host: 'docker', accept: 'application/json' }
        const asked = request({ socketPath: this.socketPath, path, headers, agent: false, signal })
        asked.once('response', resolve).once('error', reject).end()
      })
      const chunks: Buffer[] = []
      let length = 0
      for await (const chunk of answer) {
        length += chunk.length
        if (length > maxBytes) throw new EngineError(`its answer is larger than ${maxBytes} bytes`, false)
        chunks.push(chunk)
      }
      return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }
    } catch (cause) {
      if (cause instanceof EngineError) throw cause
      const why = signal.aborted ? 'it gave no whole answer in time' : (cause as Error).message
      throw new EngineError(why, true, { cause })
    }
  }
}
