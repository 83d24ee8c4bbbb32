import { describe, expect, test } from 'vitest'
import { chooseSources, RAW_RANGE_MS } from './source.js'

const HOUR = 3_600_000
const MINUTE = 60_000

describe('chooseSources', () => {
  const day = { from: 10 * HOUR, to: 34 * HOUR }
  const raw = (range: typeof day) => ({ raw: [range], minutes: [], hours: [] })

  test('raw rows for a short range', () => {
    const short = { from: 5, to: 5 + RAW_RANGE_MS }
    expect(chooseSources(short, ['client_service'])).toEqual(raw(short))
    expect(chooseSources({ ...short, to: short.to + 1 }, ['client_service']).minutes).toEqual([
      { from: MINUTE, to: RAW_RANGE_MS },
    ])
  })

  test('hours beyond, minutes beside them, and raw rows for started minutes', () => {
    const columns = ['client_service', 'server_namespace', 'server_cluster', 'server_port', 'transport']
    expect(chooseSources(day, columns)).toEqual({ raw: [], minutes: [], hours: [day] })
    expect(chooseSources({ from: 30_000, to: 2 * HOUR + MINUTE + 1 }, [])).toEqual({
      raw: [
        { from: 30_000, to: MINUTE },
        { from: 2 * HOUR + MINUTE, to: 2 * HOUR + MINUTE + 1 },
      ],
      minutes: [
        { from: MINUTE, to: HOUR },
        { from: 2 * HOUR, to: 2 * HOUR + MINUTE },
      ],
      hours: [{ from: HOUR, to: 2 * HOUR }],
    })
  })

  test('minutes where no hour is whole', () => {
    const range = { from: 10 * MINUTE, to: 70 * MINUTE }
    expect(chooseSources(range, [])).toEqual({ raw: [], minutes: [range], hours: [] })
  })

  test.each(['client_process', 'server_node', 'client_port', 'server_address', 'client_zone', 'server_pod'])(
    'raw rows for %s',
    (column) => expect(chooseSources(day, ['client_service', column])).toEqual(raw(day)),
  )

  test('a rollup only for steps that cut nothing of it in two', () => {
    expect(chooseSources(day, [], 30_000)).toEqual(raw(day))
    expect(chooseSources(day, [], 5 * MINUTE)).toEqual({ raw: [], minutes: [day], hours: [] })
    expect(chooseSources(day, [], 90 * MINUTE)).toEqual({ raw: [], minutes: [day], hours: [] })
    expect(chooseSources(day, [], 6 * HOUR)).toEqual({ raw: [], minutes: [], hours: [day] })
  })
})
