import type { AddressWords } from '../endpoints/address.js'
import type { Listeners } from '../endpoints/listeners.js'
import { type RecordView, shortAt, type WordField, wordAt } from '../records/record-view.js'

const wordsOf = (f: WordField, i: number): AddressWords => {
  const at = f.first + i * f.step
  return [f.words[at]!, f.words[at + 1]!, f.words[at + 2]!, f.words[at + 3]!]
}

/** Tells Headwater's own connections: one of its processes owns the socket, or listens at either end of it on this node. */
export class SelfEnds {
  #pids: ReadonlySet<number> = new Set()
  /** By port: does one of them listen there, at whatever address? Of listeners that have changed `#changes` times. */
  readonly #ports = new Map<number, boolean>()
  #changes = -1
  /** The port asked for last, and what was found: as a rule the next record asks for it, too. */
  #port = -1
  #held = false

  constructor(
    private readonly selfPids: () => ReadonlySet<number>,
    private readonly listeners: Listeners,
  ) {}

  /** Asks for the process ids anew: once per turn of the loop. */
  turn(): void {
    this.#pids = this.selfPids()
    this.#forget()
  }

  /** Is the process one of Headwater's? */
  owns(pid: number): boolean {
    return this.#pids.has(pid)
  }

  isSelf(view: RecordView, i: number, pid: number): boolean {
    return (
      this.#pids.has(pid) ||
      this.#listens(view, i, view.localIp, shortAt(view.localPort, i)) ||
      this.#listens(view, i, view.remoteIp, shortAt(view.remotePort, i))
    )
  }

  #listens(view: RecordView, i: number, ip: WordField, port: number): boolean {
    if (!this.#listensOn(port)) return false
    return this.listeners.heldBy(this.#pids, wordAt(view.netns, i), wordsOf(ip, i), port)
  }

  /** Asked for both ends of each record, before an address is looked at. */
  #listensOn(port: number): boolean {
    const { listeners } = this
    if (!listeners.hasPort(port)) return false
    if (this.#changes !== listeners.changes) {
      this.#changes = listeners.changes
      this.#forget()
    }
    if (port === this.#port) return this.#held
    let held = this.#ports.get(port)
    if (held === undefined) {
      held = listeners.hasPid(this.#pids, port)
      this.#ports.set(port, held)
    }
    this.#port = port
    this.#held = held
    return held
  }

  #forget(): void {
    this.#ports.clear()
    this.#port = -1
  }
}
