import type { Logger } from '@headwater/contracts/runtime'
import { EmbeddedServer } from '@headwater/store'
import type { Unprivileged } from '../privileges/user.js'

export interface EmbeddedStoreOptions {
  dataDir: string
  runAs: Unprivileged | undefined
  logger: Logger
  onUp: (pid: number | undefined, message: string) => void
  onDown: (reason: string) => void
}

/** The embedded ClickHouse as a part of `up`. The supervisor owns it, since only it may start it again as another user. */
export class EmbeddedStore {
  readonly #server: EmbeddedServer
  #stopped = false

  constructor(options: EmbeddedStoreOptions) {
    const { dataDir, runAs, logger, onUp, onDown } = options
    const account = runAs === undefined ? {} : { runAs: { uid: runAs.uid, gid: runAs.gid } }
    this.#server = new EmbeddedServer({ dataDir, logger, ...account })
    this.#server.on('up', ({ url }) => onUp(this.#server.pid, `embedded ClickHouse at ${url}`))
    this.#server.on('down', onDown)
  }

  /** @throws UserError */
  start(): Promise<void> {
    return this.#server.start()
  }

  async stop(withinMs: number): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref())
    await Promise.race([this.#server.stop(), late])
    this.#stopped = true
  }

  /** Its stdin closes with this process, which ends it; here at once. */
  kill(): void {
    const { pid } = this.#server
    if (!this.#stopped && pid !== undefined) process.kill(pid, 'SIGKILL')
  }
}
