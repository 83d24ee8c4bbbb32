import { setTimeout as sleep } from 'node:timers/promises'
import type { NodesAnswer } from '@headwater/contracts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually, noAgent, skip } from '../support/headwater.js'
import { hasJava } from '../support/java.js'
import type { Replica } from '../support/replica.js'
import type { Sample } from '../support/samples.js'
import { agrees, isComplete } from './support/agrees.js'
import { COUNTER_NAMES, countedLines } from './support/counters.js'
import { cutsOf, sentBatches } from './support/explained.js'
import { LabFleet } from './support/lab-fleet.js'
import { expectedLines, type Line, printTable } from './support/pairs.js'
import { between, type Quiet, quiet } from './support/quiet.js'

const reason = noAgent ?? (hasJava() ? undefined : 'Kafka needs Java 17 and Maven')

const TRAFFIC_MS = 8_000
/** A group waits so long for a member that says nothing, and then for the others to join anew. */
const TAKE_OVER_MS = 120_000
/** What agents sent while nobody held their partition is stored after. */
const CAUGHT_UP_MS = 180_000
const JOINED_MS = 120_000
/** Rows are to be seen a moment before they are counted. */
const COUNTED_MS = 10_000

/** Of a test whose parts have their own: on a machine that does much else, all of it takes minutes. */
const PATIENCE_MS = 400_000

describe.skipIf(skip('three clusters over one Kafka', reason))(
  'three clusters over one Kafka, two ingests',
  { timeout: PATIENCE_MS },
  () => {
    const fleet = new LabFleet()
    let replicas: [Replica, Replica]
    let staying: Replica
    let leaving: Replica
    let start: Quiet
    let moved: Quiet
    /** Of the replica that is killed, while it lived. */
    let lastSeen: Sample[]
    let stayingBefore: Sample[]
    let leavingBefore: Sample[]

    const countersOf = (replica: Replica) => replica.samples(COUNTER_NAMES)
    const both = async () => (await Promise.all(replicas.map(countersOf))).flat()
    const truthOf = (from: Quiet, to: Quiet) => expectedLines(between(from, to))
    const countedOf = (lines: readonly Line[]) => lines.filter((line) => line.counted)

    /** A quiet moment whose rows are all stored and counted. */
    async function settled(from: Quiet): Promise<Quiet> {
      const to = await quiet(fleet.lab)
      await agrees(fleet, from, to, truthOf(from, to), CAUGHT_UP_MS)
      return to
    }

    async function isWhole(from: Quiet, to: Quiet): Promise<void> {
      const nodes = { nodes_expected: 6, nodes_heard: 6, nodes_silent: [] }
      await isComplete(fleet, from, to, { delivered: 1, coverage: 1, ...nodes })
    }

    /** How long nodes are told as silent until the signal, in ms: all live, and their reports may wait on the bus. */
    async function silentFor(until: AbortSignal): Promise<number> {
      let sum = 0
      for (let last = performance.now(); !until.aborted; await sleep(500)) {
        const { nodes } = await fleet.get<NodesAnswer>('/api/v1/nodes?from=now-5m').catch(() => ({ nodes: [] }))
        const now = performance.now()
        if (nodes.some(({ state }) => state === 'silent')) sum += now - last
        last = now
      }
      return sum
    }

    /** What both counted between, against the truth. */
    async function counts(before: Sample[], truth: readonly Line[]): Promise<void> {
      const same = async () => {
        expect(countedLines(before, await both())).toEqual(countedOf(truth))
        return true
      }
      await eventually('the counters', same, COUNTED_MS).catch(same)
    }

    /** Traffic for a while, and both the map and the counters against what the services counted. @returns when it ended */
    async function isRightFrom(from: Quiet): Promise<Quiet> {
      const before = await both()
      await fleet.lab.resume()
      await sleep(TRAFFIC_MS)
      const end = await settled(from)
      await isWhole(from, end)
      await counts(before, truthOf(from, end))
      return end
    }

    beforeAll(async () => {
      await fleet.start()
      replicas = [await fleet.ingest('replica-1'), await fleet.ingest('replica-2')]
      await fleet.sharedBy(2, JOINED_MS)
      await fleet.startAgents()
      start = await quiet(fleet.lab)
    }, PATIENCE_MS)
    afterAll(() => fleet.stop(), 60_000)
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') console.error(`${task.name}:\n${fleet.lastWords()}`)
    })

    it('has on its map what the services counted, for every pair and both directions', async () => {
      start = await isRightFrom(start)
    })

    it('loses and doubles nothing when a replica that works is killed under traffic', async () => {
      const shared = await fleet.group()
      const rows = () => Promise.all(replicas.map((replica) => replica.rows()))
      const stored = await rows()
      const [firstBefore, secondBefore] = await Promise.all(replicas.map(countersOf))
      await fleet.lab.resume()
      await sleep(TRAFFIC_MS / 2)
      const [first = 0, second = 0] = (await rows()).map((now, i) => now - (stored[i] ?? 0))
      // The one that stores more, so surely one that works.
      leaving = replicas[first > second ? 0 : 1]
      staying = replicas[first > second ? 1 : 0]
      leavingBefore = (first > second ? firstBefore : secondBefore) ?? []
      stayingBefore = (first > second ? secondBefore : firstBefore) ?? []
      expect(Math.max(first, second)).toBeGreaterThan(0)
      lastSeen = await countersOf(leaving)
      expect(await leaving.stop('SIGKILL')).toBe('SIGKILL')
      const since = performance.now()
      const seconds = () => ((performance.now() - since) / 1000).toFixed(1)

      const looking = new AbortController()
      const silence = silentFor(looking.signal)
      const alone = await fleet.sharedBy(1, TAKE_OVER_MS)
      const tookOver = seconds()
      const [survivor] = alone.members.keys()
      const held = [...shared.members].filter(([member]) => member !== survivor).map(([, partitions]) => partitions)
      expect(held).toEqual([expect.any(Number)])
      expect(held[0]).toBeGreaterThan(0)
      await sleep(TRAFFIC_MS / 2)
      moved = await settled(start)
      looking.abort()
      const silentMs = await silence
      const truth = truthOf(start, moved)
      printTable('map and services agree on, over the kill', truth)
      process.stdout.write(
        `\nkilled with ${held[0]} of ${alone.members.get(survivor ?? '')} partitions of flows, ${Math.max(first, second)} rows in ${TRAFFIC_MS / 2000} s;` +
          ` taken over after ${tookOver} s, all stored after ${seconds()} s; nodes told as silent meanwhile for ${(silentMs / 1000).toFixed(1)} s\n`,
      )
      await isWhole(start, moved)
      const { nodes } = await fleet.get<NodesAnswer>('/api/v1/nodes?from=now-5m')
      expect(nodes.map(({ state }) => state)).toEqual(Array(6).fill('live'))
    })

    it('has counters of which only those are lost that died with the replica', async () => {
      const sent = await sentBatches(fleet.store, start.time, moved.time)
      const tail = countedLines(stayingBefore, await countersOf(staying))
      const head = countedLines(leavingBefore, lastSeen)
      const from = cutsOf(sent, tail, 'tail')
      const until = cutsOf(sent, head, 'head')
      expect([from, until], JSON.stringify({ tail, head })).not.toContain(undefined)
      const all = [...sent.values()].reduce((sum, batches) => sum + batches.length, 0)
      const sum = (cuts = new Map<string, number>()) => [...cuts.values()].reduce((total, cut) => total + cut, 0)
      process.stdout.write(
        `\nof ${all} batches the replica that stays counted ${all - sum(from)}, the killed one ${sum(until)} until it was last asked, ${sum(from) - sum(until)} after\n`,
      )
      for (const [instance, cut] of from ?? []) expect(cut, instance).toBeGreaterThanOrEqual(until?.get(instance) ?? 0)
    })

    it('is whole with the replica back', async () => {
      const back = await fleet.ingest(leaving.name)
      replicas = [staying, back]
      await fleet.sharedBy(2, JOINED_MS)
      await isRightFrom(moved)
    })
  },
)
