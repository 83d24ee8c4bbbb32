// Answers are remembered from batch to batch: they must be those that looking up each anew gives.
import { expect, it } from 'vitest'
import { parseCidrs } from '../cidrs/index.js'
import { Realms } from '../identity/addresses.js'
import { Callers } from '../identity/callers.js'
import { Connections } from '../identity/connections.js'
import { type FlowSpec, numbersFrom } from '../testing/index.js'
import { JoinBench, T } from '../testing/join-bench.js'
import { Observers } from './observers.js'

const cidrs = parseCidrs('ranges:\n  - { cidr: 198.51.100.0/24, class: nat }', 'x')
/** Agents start anew now and then. */
const nodesAt = (sequence: number) =>
  ['a', 'b', 'c'].map((node, i) => ({
    ...{ instance: `${node}${Math.floor((sequence + 11 * i) / 40)}`, node, zone: `z${i % 2}`, region: 'x' },
  }))
const addresses = ['10.0.0.1', '10.0.0.2', '172.17.0.2', 'fd00::4', '10.0.0.3', '127.0.0.1', '8.8.8.8', '198.51.100.1']

/** The same small tables, so that they turn over; one of the two remembers nothing of what it has looked up. */
const remembering = () => new JoinBench(cidrs, { connections: new Connections(30), callers: new Callers(15) })
const asking = () =>
  new JoinBench(cidrs, {
    ...{ connections: new Connections(30), callers: new Callers(15) },
    ...{ observers: new Observers(1), realms: new Realms(cidrs, 1) },
  })

it.each([1, 2, 3, 4])('who is who, whatever is learnt, ends or comes late (%i)', (seed) => {
  const next = numbersFrom(seed)
  /** The first ones far more often: so that the same is asked again. */
  const one = <X>(all: readonly X[]): X => all[Math.floor((next(1000) / 1000) ** 3 * all.length)] as X
  const benches = [remembering(), asking()]
  const known: Parameters<JoinBench['knows']>[0][] = []
  let time = T
  let nodes = nodesAt(0)

  const learn = () => {
    const { instance, node, zone, region } = nodes[next(3)] as (typeof nodes)[number]
    // Often the same again: with another name, or its end.
    const again = known.length > 0 && next(2) === 0 ? (known[next(known.length)] as (typeof known)[number]) : undefined
    const about = again ?? {
      ...{ instance, node, zone, region, netns: one([1, 2]), address: one(addresses), valid_from: time - next(30_000) },
      ...(next(2) === 0
        ? {}
        : { kind: 'listener' as const, port: one([80, 81]), transport: one(['tcp', 'udp'] as const) }),
    }
    const named = { ...about, process: `p${next(6)}`, valid_to: next(3) === 0 ? time + next(4000) - 2000 : null }
    known.push(named)
    for (const bench of benches) bench.knows(named)
  }
  const hear = () => {
    const { instance } = nodes[next(3)] as (typeof nodes)[number]
    const at = time + next(2000) - 1000
    const stops = next(4) === 0
    for (const { identity } of benches) {
      if (stops) identity.leases.stop(instance, at)
      else identity.leases.hear(instance, at)
    }
  }
  const flow = (): FlowSpec => {
    const [isClient, service, client] = [next(2) === 0, one([80, 81]), one([40_000, 40_001])]
    return {
      ...{ time: time - next(3000), netns: one([1, 2]), side: isClient ? 'client' : 'server', process: `p${next(6)}` },
      ...{ transport: one(['tcp', 'udp'] as const), local: one(addresses), remote: one(addresses) },
      ...{ local_port: isClient ? client : service, remote_port: isClient ? service : client },
      connection_id: next(2) === 0 ? 0n : BigInt(1 + next(60)),
      ...(next(8) === 0 ? { failures: 1, failure_reason: 'refused' } : { connects: isClient ? next(2) : 0 }),
    }
  }
  const seen = new Set<unknown>()
  for (let sequence = 1; sequence <= 250; sequence++) {
    time += next(40) === 0 ? 60_000 : next(500)
    nodes = nodesAt(sequence)
    // Most is known by then, so that what changes is one thing at a time.
    if (sequence < 30 || next(40) === 0) learn()
    if (next(4) === 0) hear()
    const flows = Array.from({ length: 1 + next(30) }, flow)
    const spec = { ...(nodes[next(3)] as (typeof nodes)[number]), sequence }
    const [remembered, asked] = benches.map((bench) => bench.join(spec, ...flows))
    expect(remembered).toEqual(asked)
    for (const { remote } of asked ?? []) seen.add(remote)
  }
  // Names, and addresses that nobody is known at.
  expect(seen.size).toBeGreaterThan(10)
})
