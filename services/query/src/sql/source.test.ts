import { describe, expect, test } from 'vitest'
import { chooseSources } from './source.js'

const HOUR = 3_600_000
const MINUTE = 60_000

describe('chooseSources', () => {
  const day = { from: 10 * HOUR, to: 34 * HOUR }

  test('raw rows up to an hour', () => {
    expect(chooseSources({ from: 0, to: HOUR }, ['client_service'])).toEqual({
      raw: [{ from: 0, to: HOUR }],
      rollup: undefined,
    })
  })

  test('the rollup beyond, with started minutes from raw rows', () => {
    expect(
      chooseSources(day, ['client_service', 'server_namespace', 'server_cluster', 'server_port', 'transport']),
    ).toEqual({ raw: [], rollup: day })
    expect(chooseSources({ from: 30_000, to: 2 * HOUR + 1 }, [])).toEqual({
      raw: [
        { from: 30_000, to: MINUTE },
        { from: 2 * HOUR, to: 2 * HOUR + 1 },
      ],
      rollup: { from: MINUTE, to: 2 * HOUR },
    })
  })

  test.each(['client_process', 'server_node', 'client_port', 'server_address', 'client_zone', 'server_pod'])(
    'raw rows for %s',
    (column) => expect(chooseSources(day, ['client_service', column]).rollup).toBeUndefined(),
  )

  test('raw rows for steps that cut minutes', () => {
    expect(chooseSources(day, [], 30_000).rollup).toBeUndefined()
    expect(chooseSources(day, [], 5 * MINUTE).rollup).toEqual(day)
  })
})
