import { DataError } from './errors.ts'

/** Lets so many work at once; the others wait in a line, which is bounded too. */
export class Gate {
  private running = 0
  private readonly waiting: (() => void)[] = []

  constructor(
    private readonly width: number,
    private readonly line: number,
  ) {}

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.enter(signal)
    try {
      return await work()
    } finally {
      this.running--
      this.waiting.shift()?.()
    }
  }

  private enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.running < this.width) {
      this.running++
      return Promise.resolve()
    }
    if (this.waiting.length >= this.line)
      throw new DataError(
        'busy',
        `${this.width + this.line} queries of this data source are under way, which is the most: use fewer panels, or refresh them less often.`,
      )
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1)
        reject(signal.reason)
      }
      const enter = () => {
        signal.removeEventListener('abort', leave)
        this.running++
        resolve()
      }
      this.waiting.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}
