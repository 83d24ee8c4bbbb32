// npm run bench -- metrics: CPU of a flow in ingest up to the block that is inserted, without and with the counters of edges.
import { decodeFlowBatch, endpointSchema, topics } from '@headwater/contracts'
import { encodeFlows } from '@headwater/store'
import { joinIdentity } from '../dist/flows/join.js'
import { IdentityTables } from '../dist/identity/tables.js'
import { EdgeMetrics } from '../dist/metrics/edges/edge-metrics.js'
import { SyntheticFleet } from '../dist/testing/index.js'

const ROUNDS = 12

const fleet = new SyntheticFleet({ nodes: 8, batches: 40, connections: 250 })
const values = fleet.messages.filter(({ topic }) => topic === topics.flows).map(({ value }) => value)

/** What a replica knows of who is where. */
function known(): IdentityTables {
  const identity = new IdentityTables({})
  for (const { topic, value } of fleet.messages)
    if (topic === topics.endpoints)
      identity.endpoints.apply(endpointSchema.parse(JSON.parse(new TextDecoder().decode(value))))
  return identity
}

/** CPU us per flow of decode, join and encode of all batches, and of the counters beside them. */
function round(edges: EdgeMetrics | undefined): number {
  const identity = known()
  const before = process.cpuUsage()
  let rows = 0
  for (const value of values) {
    const batch = decodeFlowBatch(value)
    const joined = joinIdentity(batch, identity)
    encodeFlows([{ columns: joined, rows: batch.rows }])
    edges?.count(joined, batch.rows)
    rows += batch.rows
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / rows
}

const edges = new EdgeMetrics({ replica: 'bench' } as never)
const median = (all: number[]): number => all.sort((a, b) => a - b)[all.length >> 1] as number
for (let i = 0; i < 3; i++) [round(undefined), round(edges)]
const [off, on]: [number[], number[]] = [[], []]
for (let i = 0; i < ROUNDS; i++) {
  off.push(round(undefined))
  on.push(round(edges), round(edges))
  off.push(round(undefined))
}

/** The counters alone: their share is small beside the spread of the whole. */
const identity = known()
const blocks = values.map((value) => {
  const batch = decodeFlowBatch(value)
  return [joinIdentity(batch, identity), batch.rows] as const
})
const alone = Array.from({ length: 50 }, () => {
  const began = performance.now()
  let rows = 0
  for (const [block, n] of blocks) {
    edges.count(block, n)
    rows += n
  }
  return ((performance.now() - began) * 1000) / rows
})
const began = performance.now()
const text = edges.text()
const figures = {
  bench: 'metrics',
  cpu_us_per_flow_without: median(off),
  cpu_us_per_flow_with: median(on),
  counters_us_per_flow: median(alone),
  text_ms: performance.now() - began,
  text_bytes: text.length,
  rows_per_batch: fleet.truth.rows / values.length,
}
console.log(JSON.stringify(figures, (_, v: unknown) => (typeof v === 'number' ? Math.round(v * 1000) / 1000 : v)))
