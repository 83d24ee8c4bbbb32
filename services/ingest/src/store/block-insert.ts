import { type BlockTable, fillIn, missingOf, type RowsBlock, type StoreClient, StoreError } from '@headwater/store'
import type { ServerWatch } from './server-watch.js'

/** Token of a block that an earlier run of the server may have begun: what that run noted of it does not count for this one. */
export const attemptToken = (token: string, run: number): string => `${token}~${run}`

/**
 * The insert of one block into `flows` or `dns` of an outside server, over any number of attempts. As long as one run of the server answers, its
 * deduplication makes a repeated insert a no-op. A run that was killed may have noted the token and not have the part, or the other way
 * round, in one of the tables: with another run, the tables are looked at, and filled in where they lack the block.
 */
export class BlockInsert {
  #serverStart: number | undefined
  /** What is left to be done, and the token to do it with. */
  #todo: BlockTable[]
  #token: string
  /** Tables that were filled in. */
  readonly filled: BlockTable[] = []
  /** Tables of which it cannot be told whether they hold the block. */
  unclear: BlockTable[] = []

  constructor(
    private readonly store: StoreClient,
    private readonly server: ServerWatch,
    private readonly bytes: Uint8Array,
    private readonly block: RowsBlock,
    /** false: no other process can have tried it. Left out: nobody knows. */
    private readonly again = true,
  ) {
    this.#todo = [block.table]
    this.#token = block.token
  }

  /** One attempt, which goes on where the one before was interrupted. @throws StoreError */
  async attempt(): Promise<void> {
    try {
      const start = await this.server.start()
      if (this.#isOfAnotherRun(start)) await this.#plan(start)
      this.#serverStart = start
      for (let table = this.#todo[0]; table !== undefined; table = this.#todo[0]) {
        if (table === 'flows' || table === 'dns')
          await this.store.insertNative(table, this.bytes, { token: this.#token })
        else {
          await fillIn(this.store, table, this.block, this.#token)
          this.filled.push(table)
        }
        this.#todo.shift()
      }
    } catch (error) {
      if (error instanceof StoreError && error.code === 'unavailable') this.server.lost()
      throw error
    }
  }

  #isOfAnotherRun(start: number): boolean {
    if (this.#serverStart !== undefined) return !this.server.isSame(this.#serverStart, start)
    // Not tried here yet: by another process, if the batch is from before that start.
    return this.again && this.server.mayHaveSeenBefore(this.block.to, start)
  }

  async #plan(start: number): Promise<void> {
    const { tables, unclear } = await missingOf(this.store, this.block)
    this.#todo = tables
    this.unclear = unclear
    this.#token = attemptToken(this.block.token, this.server.nameOf(start))
  }
}
