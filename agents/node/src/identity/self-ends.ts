import type { AddressWords } from '../endpoints/address.js'
import type { Listeners } from '../endpoints/listeners.js'
import { at, type RecordView, type WordField } from '../records/record-view.js'

const wordsOf = (f: WordField, i: number): AddressWords => {
  const at = f.first + i * f.step
  return [f.words[at]!, f.words[at + 1]!, f.words[at + 2]!, f.words[at + 3]!]
}

/** Tells Headwater's own connections: one of its processes owns the socket, or listens at either end of it on this node. */
export class SelfEnds {
  #pids: ReadonlySet<number> = new Set()

  constructor(
    private readonly selfPids: () => ReadonlySet<number>,
    private readonly listeners: Listeners,
  ) {}

  /** Asks for the process ids anew: once per turn of the loop. */
  turn(): void {
    this.#pids = this.selfPids()
  }

  /** Is the process one of Headwater's? */
  owns(pid: number): boolean {
    return this.#pids.has(pid)
  }

  isSelf(view: RecordView, i: number, pid: number): boolean {
    if (this.#pids.has(pid)) return true
    return (
      this.#listens(view, i, view.localIp, at(view.localPort, i)) ||
      this.#listens(view, i, view.remoteIp, at(view.remotePort, i))
    )
  }

  #listens(view: RecordView, i: number, ip: WordField, port: number): boolean {
    if (!this.listeners.hasPort(port)) return false
    return this.listeners.heldBy(this.#pids, at(view.netns, i), wordsOf(ip, i), port)
  }
}
