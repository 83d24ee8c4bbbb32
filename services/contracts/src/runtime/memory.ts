type TypedArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | BigUint64Array | BigInt64Array

export interface TypedArrayType<T extends TypedArray> {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): T
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T
}

/** Where arrays come from whose life is known. Their contents are what was there before: not zeros. */
export interface Memory {
  take<T extends TypedArray>(type: TypedArrayType<T>, length: number): T
}

/** Each array for itself, for as long as anybody holds it. */
export const heap: Memory = { take: (type, length) => new type(length) }

/** Room that is made anew in steps of this: a little more than before does not move it. */
const STEP = 1 << 20

/**
 * One piece of memory that is used again and again: the engine collects garbage each time that some 64 MB have been made outside of its heap, whatever
 * has become of them. What there is no room for comes from the heap, and there is room for it after the next `reset`.
 */
export class Arena implements Memory {
  #buffer = new ArrayBuffer(0)
  #used = 0
  #wanted = 0

  /** @param least bytes of room, from the first that is taken on */
  constructor(private readonly least = 0) {}

  /** Bytes that it holds. */
  get size(): number {
    return this.#buffer.byteLength
  }

  take<T extends TypedArray>(type: TypedArrayType<T>, length: number): T {
    // 8 bytes: an array of any type may begin there.
    const bytes = Math.ceil((length * type.BYTES_PER_ELEMENT) / 8) * 8
    if (this.#buffer.byteLength < this.least && bytes > 0) this.#buffer = new ArrayBuffer(this.least)
    this.#wanted += bytes
    if (this.#used + bytes > this.#buffer.byteLength) return new type(length)
    const taken = new type(this.#buffer, this.#used, length)
    this.#used += bytes
    return taken
  }

  /** All that was taken before is no longer anybody's. */
  reset(): void {
    if (this.#wanted > this.#buffer.byteLength) this.#buffer = new ArrayBuffer(Math.ceil(this.#wanted / STEP) * STEP)
    this.#used = 0
    this.#wanted = 0
  }
}

/**
 * Room of an arena for what comes from the bus at once. glibc maps blocks over 32 MiB by themselves whatever it did before (mallopt(3)), and the kernel gives
 * them a page when it is first written to: room that nobody uses takes no memory. Once smaller blocks of that kind are freed, all that are as large lie in its heap
 * from then on, of which it keeps twice as much free: arenas that grew by and by had it hold some 40 MB for nothing.
 */
const ROOM = 40 << 20

/** Arenas for what goes on at the same time: as many as that takes. */
export class Arenas {
  readonly #free: Arena[] = []

  /** Runs `work` with an arena of its own, which is another's once it has ended. */
  async with<T>(work: (arena: Arena) => Promise<T>): Promise<T> {
    const arena = this.#free.pop() ?? new Arena(ROOM)
    try {
      return await work(arena)
    } finally {
      arena.reset()
      this.#free.push(arena)
    }
  }
}
