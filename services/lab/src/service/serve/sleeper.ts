const ASLEEP_MS = 900
const AWAKE_MS = 100

/** Keeps the event loop from its work most of the time, as a long computation does; without the computation's CPU time. */
export class Sleeper {
  readonly #cell = new Int32Array(new SharedArrayBuffer(4))
  #timer: NodeJS.Timeout | undefined

  start(): void {
    this.#timer = setTimeout(() => {
      Atomics.wait(this.#cell, 0, 0, ASLEEP_MS)
      this.start()
    }, AWAKE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
