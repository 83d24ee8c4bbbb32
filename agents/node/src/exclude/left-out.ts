import type { Owner } from '../identity/owners.js'
import { type RecordView, shortAt } from '../records/record-view.js'
import type { Tally } from '../report/tally.js'
import type { Ends, Exclusion } from './exclusion.js'

/** Judges records of the kernel by what is to be left out, and counts what is. */
export class LeftOut {
  /** One for all records: they come by the ten thousand a second. */
  readonly #ends: Ends = {
    local: new Uint32Array(4),
    localAt: 0,
    localPort: 0,
    remote: new Uint32Array(4),
    remoteAt: 0,
    remotePort: 0,
    process: '',
  }

  constructor(
    private readonly exclusion: Exclusion,
    private readonly tally: Tally,
  ) {}

  covers({ localIp, remoteIp, localPort, remotePort }: RecordView, i: number, owner: Owner): boolean {
    const ends = this.#ends
    ends.local = localIp.words
    ends.localAt = localIp.first + i * localIp.step
    ends.localPort = shortAt(localPort, i)
    ends.remote = remoteIp.words
    ends.remoteAt = remoteIp.first + i * remoteIp.step
    ends.remotePort = shortAt(remotePort, i)
    ends.process = owner.identity.process
    return this.exclusion.covers(ends)
  }

  /** A row that is not made. @param bytes of payload, both ways */
  count(bytes: number): void {
    this.tally.exclude(bytes)
  }
}
