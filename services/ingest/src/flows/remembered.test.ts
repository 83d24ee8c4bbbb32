// What is remembered from batch to batch are words, and answers only while nothing more is known.
import { decodeFlowBatch, encodeFlowBatch, flowColumns } from '@headwater/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import { mergeParts } from '../rows/merge.js'
import { type BatchSpec, buildFlowBatch, type FlowSpec } from '../testing/index.js'
import { JoinBench, T } from '../testing/join-bench.js'
import { joinIdentity } from './join.js'
import { JoinScope } from './join-scope.js'

import { Observers } from './observers.js'

const A: BatchSpec = { instance: 'ia', sequence: 1, node: 'a' }
const B: BatchSpec = { instance: 'ib', sequence: 1, node: 'b' }
const place = (zone: string, region = 'x') => ({ zone, region })

let bench: JoinBench
beforeEach(() => {
  bench = new JoinBench()
})

describe('a later batch', () => {
  it('tells what has been learnt since', () => {
    const { flow } = bench
    expect(bench.join(A, flow())[0]).toMatchObject({ remote: '10.0.0.2', node: '' })
    bench.knows({})
    expect(bench.join(A, flow())[0]).toMatchObject({ remote: '10.0.0.2', node: 'b' })
    bench.knows({ kind: 'listener', address: '0.0.0.0', port: 80, process: 'nginx' })
    expect(bench.join(A, flow())[0]).toMatchObject({ remote: 'nginx', node: 'b' })
    bench.knows({ instance: 'ic', node: 'c', valid_from: T - 1000 })
    expect(bench.join(A, flow())[0]).toMatchObject({ node: '' })
  })

  it('tells another end of the same connection, in the place that its agent is in now', () => {
    const id = { connection_id: 7n }
    bench.join({ ...B, ...place('z') }, bench.served(id))
    expect(bench.join({ ...A, ...place('z') }, bench.flow(id))[0]).toMatchObject({ remote: 'nginx', path: 'same-zone' })
    expect(bench.join({ ...A, ...place('y') }, bench.flow(id))[0]).toMatchObject({
      remote: 'nginx',
      path: 'cross-zone',
    })
    bench.join({ ...B, ...place('y') }, bench.served({ ...id, process: 'caddy' }))
    expect(bench.join({ ...A, ...place('y') }, bench.flow(id))[0]).toMatchObject({ remote: 'caddy', path: 'same-zone' })
  })

  it('names nobody once a second agent that holds the address is live', () => {
    bench.knows({})
    bench.knows({ instance: 'ic', node: 'c' })
    bench.identity.leases.hear('ib', T)
    expect(bench.join(A, bench.flow())[0]).toMatchObject({ node: 'b' })
    bench.identity.leases.hear('ic', T)
    expect(bench.join(A, bench.flow())[0]).toMatchObject({ node: '' })
  })

  it('counts at the server once the client is known to have let go of its address', () => {
    const held = { instance: 'ia', node: 'a', address: '10.0.0.1' }
    bench.knows(held)
    bench.identity.leases.hear('ia', T)
    expect(bench.join(B, bench.served())[0]).toMatchObject({ counted: 0 })
    bench.knows({ ...held, valid_to: T - 1000 })
    expect(bench.join(B, bench.served())[0]).toMatchObject({ counted: 1 })
  })

  it('counts at the server once the agent at the client is known to have stopped', () => {
    bench.knows({ instance: 'ia', node: 'a', address: '10.0.0.1' })
    bench.identity.leases.hear('ia', T)
    expect(bench.join(B, bench.served())[0]).toMatchObject({ counted: 0 })
    bench.identity.leases.stop('ia', T - 1000)
    expect(bench.join(B, bench.served())[0]).toMatchObject({ counted: 1 })
  })

  it('tells of a caller who is another by now', () => {
    bench.knows({ address: '10.0.0.1', instance: 'ia', node: 'a' })
    const call = { connection_id: 1n, connects: 1 }
    bench.join(A, bench.flow(call))
    expect(bench.join(B, bench.served({ connection_id: 2n }))[0]).toMatchObject({ remote: 'curl' })
    bench.join(A, bench.flow({ ...call, process: 'wget', time: T + 1 }))
    expect(bench.join(B, bench.served({ connection_id: 3n, time: T + 2 }))[0]?.remote).not.toBe('curl')
  })
})

it('forgets all observers once they have too many ends', () => {
  const observers = new Observers(10)
  const { meta } = buildFlowBatch(A, [bench.flow()])
  const first = observers.of(meta)
  expect(observers.of({ ...meta })).toBe(first)
  for (let i = 0; i < 12; i++) first.grew()
  expect(observers.of(meta)).not.toBe(first)
})

it('joins batches of one scope into the rows that each of them has by itself', () => {
  const specs: [BatchSpec, FlowSpec[]][] = [
    [{ ...A, ...place('z') }, [bench.flow(), bench.flow({ remote: '8.8.8.8' }), bench.flow({ connection_id: 5n })]],
    [{ ...B, ...place('y') }, [bench.served({ connection_id: 5n }), bench.served({ remote: 'fd00::7' })]],
    [{ ...A, ...place('z'), sequence: 2 }, [bench.flow({ connection_id: 5n }), bench.flow({ remote: '10.9.9.9' })]],
  ]
  bench.knows({})
  const batches = specs.map(([spec, flows]) => decodeFlowBatch(encodeFlowBatch(buildFlowBatch(spec, flows))))
  const alone = new JoinBench()
  alone.knows({})
  const scope = new JoinScope()
  const parts = batches.map((batch) => ({
    columns: joinIdentity(batch, bench.identity, undefined, scope),
    rows: batch.rows,
  }))
  const merged = mergeParts(flowColumns, parts)
  const texts = (columns: typeof merged.columns, rows: number) =>
    Object.entries(columns).map(([name, data]) => [
      name,
      'values' in data && 'indices' in data
        ? Array.from({ length: rows }, (_, row) => data.values[data.indices[row] as number])
        : Array.from(data as Uint8Array),
    ])
  const each = batches.map((batch) => texts(joinIdentity(batch, alone.identity), batch.rows))
  const wanted = texts(merged.columns, merged.rows).map(([name]) => [
    name,
    each.flatMap((columns) => columns.find(([other]) => other === name)?.[1] as unknown[]),
  ])
  expect(texts(merged.columns, merged.rows)).toEqual(wanted)
})
