/** Keeps answers for a short while, so that many who ask the same wait for one. What failed is asked again. */
export class Recent<T, Key = number> {
  private readonly held = new Map<Key, { until: number; answer: Promise<T> }>()

  /** @param keepMs how long an answer holds, from when it was asked for */
  constructor(private readonly keepMs: number) {}

  get(key: Key, now: number, load: () => Promise<T>): Promise<T> {
    for (const [k, { until }] of this.held) if (until <= now || until > now + this.keepMs) this.held.delete(k)
    const known = this.held.get(key)
    if (known !== undefined) return known.answer
    const held = { until: now + this.keepMs, answer: load() }
    this.held.set(key, held)
    held.answer.catch(() => {
      if (this.held.get(key) === held) this.held.delete(key)
    })
    return held.answer
  }
}
