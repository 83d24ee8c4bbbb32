import type { DemoFault } from '@headwater/contracts'
import { UserError } from '@headwater/contracts/runtime'
import { clients } from './clients.js'
import type { Fault, Switchboard } from './fault.js'
import { manners } from './manners.js'
import { names } from './names.js'
import { paths } from './paths.js'

const order = [
  ...['refused', 'dropped', 'firewall-drop', 'lossy', 'rate-limited', 'reset', 'slow-accept', 'ports-exhausted'],
  ...['dns-failing', 'dns-slow', 'new-dependency', 'zone-blind'],
]
const all: readonly Fault[] = [...manners, ...paths, ...clients, ...names].sort(
  (a, b) => order.indexOf(a.id) - order.indexOf(b.id),
)

/** The faults, each on or off. They are switched one after the other. */
export class Faults {
  readonly #states = new Map(all.map((fault) => [fault.id, { on: false, since: null as number | null }]))
  #last: Promise<unknown> = Promise.resolve()

  list(): DemoFault[] {
    return all.map(({ apply: _, ...fault }) => ({ ...fault, on: false, since: null, ...this.#states.get(fault.id) }))
  }

  /**
   * Resolves when it is so. Nothing happens where it was.
   * @throws UserError `fault` for one that there is not
   */
  set(board: Switchboard, id: string, on: boolean): Promise<void> {
    const turn = this.#last.then(async () => {
      const fault = all.find((f) => f.id === id)
      const state = this.#states.get(id)
      if (fault === undefined || state === undefined) {
        const allowed = all.map((f) => f.id).join(', ')
        throw new UserError('fault', `The lab has no fault ${JSON.stringify(id)}.`, `It has ${allowed}.`)
      }
      if (state.on === on) return
      await fault.apply(board, on)
      Object.assign(state, { on, since: Date.now() })
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }

  reset(): void {
    for (const state of this.#states.values()) Object.assign(state, { on: false, since: null })
  }
}
