import { describe, expect, it } from 'vitest'
import { NodeTwins } from './twins.js'

const report = (instance: string, started: number, time: number, over = {}) => ({
  cluster: 'c',
  node: 'n',
  instance,
  started,
  time,
  stopping: false,
  interval_ms: 5000,
  ...over,
})

/** What each report in turn tells of. */
const hear = (...reports: ReturnType<typeof report>[]) => {
  const twins = new NodeTwins()
  return reports.map((r) => twins.hear(r))
}
const none = undefined

describe('two agents of one name', () => {
  it('are found once both are heard of after both began, and told of once', () => {
    const turns = [report('a', 0, 5000), report('b', 6000, 8000), report('a', 0, 10_000), report('b', 6000, 13_000)]
    expect(hear(...turns, report('a', 0, 15_000))).toEqual([none, none, 'b', none, none])
  })

  it('are found in whatever order their reports come', () => {
    expect(hear(report('b', 6000, 8000), report('a', 0, 10_000))).toEqual([none, 'b'])
    expect(hear(report('a', 0, 10_000), report('a', 0, 5000), report('b', 6000, 8000))).toEqual([none, none, 'a'])
  })

  it('are none where one was killed and started again, cleanly or not', () => {
    expect(hear(report('a', 0, 5000), report('b', 6000, 6000), report('b', 6000, 11_000))).toEqual([none, none, none])
    const stop = report('a', 0, 9000, { stopping: true })
    expect(hear(report('a', 0, 5000), report('b', 6000, 8000), stop, report('b', 6000, 13_000))).toEqual(
      Array(4).fill(none),
    )
    expect(hear(report('b', 6000, 8000), report('a', 0, 5000), report('b', 6000, 13_000))).toEqual(Array(3).fill(none))
  })

  it('are none where the lease of one is over, or their names differ', () => {
    expect(hear(report('a', 0, 10_000), report('b', 6000, 45_001))).toEqual([none, none])
    expect(hear(report('a', 0, 10_000), report('b', 6000, 45_000))).toEqual([none, 'a'])
    expect(hear(report('a', 0, 10_000), report('b', 6000, 8000, { cluster: 'd' }))).toEqual([none, none])
    expect(hear(report('a', 0, 10_000), report('b', 6000, 8000, { node: 'm' }))).toEqual([none, none])
  })

  it('are told of again with a third', () => {
    expect(hear(report('a', 0, 10_000), report('b', 0, 10_000), report('c', 0, 10_000))).toEqual([none, 'a', 'b'])
  })
})
