import { flowColumns, takeRows } from '@headwater/contracts'
import { flowsPartition } from '@headwater/store'
import { expect, it } from 'vitest'
import { FUTURE_MS } from '../clock/clock.js'
import { buildFlowBatch } from '../testing/index.js'
import { StoredSequences } from './sequences.js'
import { splitByTime } from './split.js'

const now = 1_700_000_000_000
const DAY = 24 * 3600 * 1000

it('puts aside what is from the future or too old, and splits the rest by partition', () => {
  const times = [now, now + FUTURE_MS, now + FUTURE_MS + 1, now - DAY, now - 3 * DAY, now - 3 * DAY - 1, now]
  const split = splitByTime(BigInt64Array.from(times, BigInt), now, 3 * DAY)
  expect(Object.fromEntries(Array.from(split.dead, ([reason, rows]) => [reason, [...rows]]))).toEqual({
    'from-the-future': [2],
    'too-old': [5],
  })
  expect([...split.partitions.keys()]).toEqual([
    flowsPartition(now),
    flowsPartition(now - DAY),
    flowsPartition(now - 3 * DAY),
  ])
  expect([...(split.partitions.get(flowsPartition(now)) ?? [])]).toEqual([0, 1, 6])
})

it('takes rows of every kind of column', () => {
  const flow = (n: number) => ({
    time: now + n,
    local: `10.0.0.${n}`,
    local_port: n,
    remote: '::1',
    remote_port: 80,
    tx_bytes: n,
    process: `p${n}`,
  })
  const spec = { instance: 'i', sequence: 1, node: 'n' }
  const { columns } = buildFlowBatch(spec, [1, 2, 3, 4].map(flow))
  const taken = takeRows(flowColumns, columns, Int32Array.of(3, 1))
  const expected = buildFlowBatch(spec, [4, 2].map(flow)).columns
  const { process: wantProcess, ...want } = expected
  const { process, ...got } = taken
  expect([...process.indices].map((i) => process.values[i])).toEqual(['p4', 'p2'])
  expect(wantProcess.values).toEqual(['', 'p4', 'p2'])
  for (const name of ['time', 'local_ip', 'remote_ip', 'local_port', 'tx_bytes', 'partial'] as const)
    expect(got[name]).toEqual(want[name])
})

it('remembers sequences as a set, not as a mark, with the copies of each', () => {
  const stored = new StoredSequences()
  stored.add('i', 5)
  expect([stored.copies('i', 5), stored.copies('i', 4), stored.copies('j', 5)]).toEqual([0, undefined, undefined])
  for (const sequence of [5, 4, 5]) stored.addCopy('i', sequence)
  expect([stored.copies('i', 5), stored.copies('i', 4)]).toEqual([2, undefined])
  for (let n = 6; n < 10_000; n++) stored.add('i', n)
  expect([stored.copies('i', 5), stored.copies('i', 9999)]).toEqual([undefined, 0])
})
