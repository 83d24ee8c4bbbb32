import type { Server, Socket } from 'node:net'
import type { EndCounter, Watched } from '../count/end.js'
import type { Manner, ServeSpec } from '../spec.js'
import { cacheServer } from './cache-server.js'
import { httpServer } from './http-server.js'
import { Sleeper } from './sleeper.js'

/** What a protocol needs of its server. */
export interface Serving {
  spec: ServeSpec
  counter: EndCounter
  /** A request came: `work` is done before it is answered. */
  work: () => Promise<boolean>
  resets: () => boolean
  watched: WeakMap<Socket, Watched>
}

const BACKLOG = 511
/** With it the accept queue holds one more: the kernel asks for more than, not for as many as. */
const SHORT_BACKLOG = 1

/** A service's listener, in one of its manners. */
export class Listener {
  readonly #server: Server
  readonly #sleeper = new Sleeper()
  #manner: Manner = 'refusing'

  constructor(
    private readonly spec: ServeSpec,
    counter: EndCounter,
    work: () => Promise<boolean>,
  ) {
    const serving: Serving = { spec, counter, work, resets: () => this.#manner === 'resetting', watched: new WeakMap() }
    this.#server = spec.protocol === 'http' ? httpServer(serving) : cacheServer(serving)
    this.#server.on('connection', (socket) => {
      const watched: Watched = { peer: '', pooled: spec.protocol === 'cache' }
      serving.watched.set(socket, watched)
      counter.watch(socket, watched, true)
    })
  }

  async become(manner: Manner): Promise<void> {
    const before = this.#manner
    if (manner === before) return
    this.#manner = manner
    this.#sleeper.stop()
    if (before === 'sleeping' || manner === 'refusing' || manner === 'sleeping') this.#server.close()
    if (!this.#server.listening && manner !== 'refusing') {
      await this.#listen(manner === 'sleeping' ? SHORT_BACKLOG : BACKLOG)
    }
    if (manner === 'sleeping') this.#sleeper.start()
  }

  #listen(backlog: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: '0.0.0.0', port: this.spec.port, backlog }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }
}
