import type { OwnerView, WordField } from '../records/record-view.js'
import { safeName } from './safe-name.js'

/** Words of the fields `exe` and `comm` of bpf/flow.h. */
const EXE_WORDS = 8
const COMM_WORDS = 4
const SLOTS = 1024
/**
 * Text of a name field, decoded once per distinct content: a small cache by the hash of its words, because the same few
 * processes own most connections.
 */
class NameField {
  #words: (Uint32Array | undefined)[] = new Array(SLOTS)
  #texts: string[] = new Array(SLOTS).fill('')

  constructor(
    private readonly name: string,
    private readonly of: (view: OwnerView) => WordField,
  ) {}

  text(view: OwnerView, i: number, length: number): string {
    const field = this.of(view)
    const first = field.first + i * field.step
    let hash = 0
    for (let w = 0; w < length; w++) hash = Math.imul(hash ^ field.words[first + w]!, 0x9e3779b1) ^ (hash >>> 15)
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1)
    if (!sameWords(this.#words[slot], field.words, first, length)) {
      this.#words[slot] = field.words.slice(first, first + length)
      this.#texts[slot] = safeName(view.records.string(this.name, i))
    }
    return this.#texts[slot]!
  }
}

function sameWords(known: Uint32Array | undefined, words: Uint32Array, first: number, length: number): boolean {
  if (known === undefined) return false
  for (let w = 0; w < length; w++) if (known[w] !== words[first + w]) return false
  return true
}

/** Name of the process of a record: its executable, else its command name (which a runtime sets to the name of a thread). */
export class ProcessNames {
  #exe = new NameField('exe', (v) => v.exe)
  #comm = new NameField('comm', (v) => v.comm)

  of(view: OwnerView, i: number): string {
    return this.#exe.text(view, i, EXE_WORDS) || this.comm(view, i)
  }

  comm(view: OwnerView, i: number): string {
    return this.#comm.text(view, i, COMM_WORDS)
  }
}
