import { describe, expect, it } from 'vitest'
import { CpuBudget } from './cpu-budget.js'

/** A budget of 3 % over windows of 30 s, looked at each 5 s under a load that the test sets. */
class Played {
  readonly budget = new CpuBudget(0.03, 3)
  ms = 0
  #cpuUs = 0
  levels: number[] = []

  play(seconds: number, load: number): this {
    for (let s = 0; s < seconds; s += 5) {
      this.ms += 5000
      this.#cpuUs += load * 5e6
      this.budget.look(this.ms, this.#cpuUs)
      this.levels.push(this.budget.level)
    }
    return this
  }
}

describe('a CPU budget', () => {
  it('lets the first window be, and judges by a whole one', () => {
    const played = new Played().play(35, 0.5)
    expect(played.budget.level).toBe(0)
    expect(played.play(25, 0.01).budget.level).toBe(0)
    expect(played.play(5, 0.01).budget.used).toBeCloseTo(0.01)
  })

  it('gives up a step each window while it is over, and no more than there are', () => {
    const played = new Played().play(30, 0.01).play(300, 0.04)
    expect(played.budget.level).toBe(3)
    const firsts = [1, 2, 3].map((level) => played.levels.indexOf(level))
    expect((firsts[1] ?? 0) - (firsts[0] ?? 0)).toBe(6)
    expect((firsts[2] ?? 0) - (firsts[1] ?? 0)).toBe(6)
    expect(played.budget.used).toBeCloseTo(0.04)
  })

  it('is not moved by a short burst, nor by what stays just below', () => {
    expect(new Played().play(60, 0.01).play(5, 0.1).play(60, 0.01).budget.level).toBe(0)
    expect(new Played().play(600, 0.029).budget.level).toBe(0)
  })

  it('takes back one step at a time, where there was room for a minute', () => {
    const played = new Played().play(70, 0.04)
    expect(played.budget.level).toBe(1)
    expect(played.play(300, 0.026).budget.level).toBe(1)
    expect(played.play(55, 0.02).budget.level).toBe(1)
    expect(played.play(60, 0.02).budget.level).toBe(0)
  })

  it('waits ever longer where what it takes back proves too much, and forgets that once it does not', () => {
    const played = new Played()
    played.play(70, 0.04)
    const changes: number[] = []
    let level = played.budget.level
    for (let s = 0; s < 4000; s += 5) {
      played.play(5, played.budget.level === 0 ? 0.04 : 0.01)
      if (played.budget.level !== level && played.budget.level === 0) changes.push(played.ms / 1000)
      level = played.budget.level
    }
    const waits = changes.slice(1).map((at, i) => at - (changes[i] ?? 0))
    expect(waits.slice(0, 3)).toEqual([150, 270, 510])
    const longest = 30 + 16 * 60
    expect(Math.max(...waits)).toBeLessThanOrEqual(longest + 30)
    played.play(3600, 0.001)
    expect(played.budget.level).toBe(0)
  })
})
