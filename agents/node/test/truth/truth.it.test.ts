// All connections of four namespaces over the lives of two agents and the pause between them, against what the programs at both ends counted.
import { createProbe } from '@headwater/native'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent } from '../../src/index.js'
import { RecordingProducer } from '../../src/testing/recording-producer.js'
import { reasonsOf, testAgent, until } from '../harness.js'
import { probeMissing } from '../probe-available.js'
import { counted, difference, type Ours, seen, type Told, told } from './compare.js'
import { type Door, type End, Ground, type Program } from './ground.js'

const missing = await probeMissing()
/** Short connections while an agent runs: half for each, a multiple of 48. */
const SHORT = 20_400
const LONG = 50
/** Client and server of each wave: neighbours, and within. */
const WAVES: [number, number][] = [
  [0, 1],
  [1, 0],
  [2, 1],
  [3, 2],
  [3, 3],
]

describe.skipIf(missing !== undefined)('the truth of every connection', { timeout: 300_000 }, () => {
  let ground: Ground
  let agents: Agent[] = []
  beforeEach(() => {
    ground = new Ground()
  })
  afterEach(async () => {
    for (const agent of agents) await agent.stop()
    agents = []
    await ground.remove()
  })

  async function started(): Promise<{ agent: Agent; producer: RecordingProducer }> {
    const producer = new RecordingProducer()
    // Others on the machine fill the ring too, and the agent may wait for its turn: how much it holds is not looked at here.
    const agent = testAgent(producer, { probe: createProbe({ ringBytes: 2 ** 26 }) })
    agents.push(agent)
    await agent.start()
    return { agent, producer }
  }

  async function ask(client: Program, doors: readonly Door[], count: number): Promise<Told[]> {
    const each = doors.map((door) => client.do('short', { ...door, count: count / doors.length }))
    return told(((await Promise.all(each)) as End[][]).flat(), client, 'client')
  }

  /** So many short connections: clients come and go, and so do the server of the last namespace and a namespace with both ends. */
  async function churn(count: number, servers: { program: Program; ports: number[] }[]): Promise<Told[]> {
    const ends: Told[] = []
    const part = count / (WAVES.length + 1)
    const wave = async ([from, at]: [number, number]) => {
      const client = await ground.program(`hw-client-${from}`, ground.all[from]!)
      const passing = at === 3 ? await ground.server(ground.all[at]!, 'hw-passing') : undefined
      ends.push(...(await ask(client, ground.doors((passing ?? servers[at]!).ports, at, from), part)))
      if (passing) {
        await ground.settled(0, { namespaces: [ground.all[at]!], ports: passing.ports })
        ends.push(...told(await passing.program.do('accepted'), passing.program, 'server'))
        await passing.program.stop()
      }
      await client.stop()
    }
    const namespace = () =>
      ground.passing(async (ns) => {
        const { program, ports } = await ground.server(ns)
        const client = await ground.program('hw-client', ns)
        passed.set(ns.inode, [...(passed.get(ns.inode) ?? []), ...ports])
        ends.push(...(await ask(client, ground.doors(ports, 0, 0), part)))
        await ground.settled(0, { namespaces: [ns] })
        ends.push(...told(await program.do('accepted'), program, 'server'))
      })
    // Two at a time: the machine that tests has few cores.
    const [one = [], two = []] = [WAVES.slice(0, 3), WAVES.slice(3)]
    const lane = async (waves: [number, number][]) => {
      for (const each of waves) await wave(each)
    }
    await Promise.all([lane(one), lane(two).then(namespace)])
    return ends
  }
  const passed = new Map<number, number[]>()
  const ours = (): Ours =>
    new Map<number, readonly number[] | 'all'>([...passed, ...ground.all.map((ns) => [ns.inode, 'all'] as const)])

  /** What servers counted of connections that have ended. */
  async function served(servers: { program: Program }[]): Promise<{ ended: Told[]; open: Told[] }> {
    const all: Told[] = []
    for (const { program } of servers) all.push(...told(await program.do('accepted'), program, 'server'))
    return { ended: all.filter(({ end }) => end.closed), open: all.filter(({ end }) => !end.closed) }
  }

  test(`${SHORT} short connections and ${LONG} long ones, with a pause in which no agent runs`, async () => {
    const servers = []
    for (const ns of ground.all) servers.push(await ground.server(ns))
    const keeper = await ground.program('hw-keeper', ground.all[0]!)
    const closesOf = (ends: { closes: number }[]) => ends.filter(({ closes }) => closes === 1)

    // While the first agent runs.
    const first = await started()
    for (const door of ground.doors(servers[1]!.ports, 1, 0)) await keeper.do('hold', { ...door, count: LONG / 5 })
    for (const door of ground.doors(servers[0]!.ports, 0, 0).slice(0, 2))
      await keeper.do('hold', { ...door, count: LONG / 10 })
    await keeper.do('exchange', { length: 20_000, answer: 70_000 })
    const shortFirst = await churn(SHORT / 2, servers)
    await keeper.do('exchange', { length: 10, answer: 3 })
    await ground.settled(2 * LONG)
    await first.agent.stop()
    const atPause = { keeper: told(await keeper.do('held'), keeper, 'client'), ...(await served(servers)) }
    const ofFirst = seen(first.producer, ours())
    const expectedFirst = [...shortFirst, ...atPause.ended, ...atPause.keeper, ...atPause.open]
    expect(difference(counted(expectedFirst), ofFirst, first.producer)).toBeUndefined()
    expect(ofFirst).toHaveLength(2 * (SHORT / 2 + LONG))
    expect(closesOf(ofFirst)).toHaveLength(SHORT)
    for (const { connects, accepts, rows } of ofFirst) {
      const client = rows[0]!.side === 'client'
      expect([connects, accepts]).toEqual(client ? [1, 0] : [0, 1])
      expect(rows.every((r) => r.partial === 0 && r.owner_uncertain === 0 && r.side_source === 'socket')).toBe(true)
    }

    // While none runs: what ends now is nobody's, and what is exchanged now is not counted.
    await churn(600, servers)
    await keeper.do('exchange', { length: 5000, answer: 5000 })
    const lost = LONG / 5
    await keeper.do('release', { count: lost })
    const late = await ground.program('hw-late', ground.all[2]!)
    for (const door of ground.doors(servers[3]!.ports, 3, 2)) await late.do('hold', { ...door, count: 2 })
    await late.do('exchange', { length: 900, answer: 900 })
    const held = LONG - lost + 8
    await ground.settled(2 * held)
    await served(servers)
    const [keeperBefore, lateBefore] = [(await keeper.do('held')) as End[], (await late.do('held')) as End[]]

    // While the second runs: what was there before is partial, and counts from its first sight.
    const second = await started()
    await until(() => seen(second.producer, ours()).length >= 2 * held)
    await keeper.do('exchange', { length: 1234, answer: 567 })
    await late.do('exchange', { length: 100_000, answer: 1 })
    const shortSecond = await churn(SHORT / 2, servers)
    const keeperAfter = (await keeper.do('release')) as End[]
    const lateAfter = (await late.do('release')) as End[]
    await ground.settled(0)
    await second.agent.stop()
    const { ended, open } = await served(servers)
    expect(open).toEqual([])
    const ofSecond = seen(second.producer, ours())

    const since = (after: End[], before: End[]) =>
      after.map((end, i) => ({
        ...end,
        sent: end.sent - before[i]!.sent,
        received: end.received - before[i]!.received,
      }))
    const older = [
      ...told(since(keeperAfter, keeperBefore), keeper, 'client'),
      ...told(since(lateAfter, lateBefore), late, 'client'),
    ]
    // The same connections from their servers' end.
    const mirrored = new Map(older.map(({ end }) => [`${end.remote} ${end.local}`, end]))
    const fromServers = ended.map((each) => {
      const other = mirrored.get(`${each.end.local} ${each.end.remote}`)
      if (other === undefined) return each
      return { ...each, end: { ...each.end, sent: other.received, received: other.sent } }
    })
    const expectedSecond = [...shortSecond, ...older, ...fromServers]
    expect(difference(counted(expectedSecond), ofSecond, second.producer)).toBeUndefined()
    expect(ofSecond).toHaveLength(2 * (SHORT / 2 + held))
    expect(closesOf(ofSecond)).toHaveLength(SHORT + 2 * held)
    const partial = ofSecond.filter(({ rows }) => rows.some((r) => r.partial === 1))
    expect(partial).toHaveLength(2 * held)
    for (const { connects, accepts } of partial) expect([connects, accepts]).toEqual([0, 0])
    const whole = ofSecond.filter((each) => !partial.includes(each))
    expect(whole.filter(({ connects, accepts }) => connects + accepts !== 1)).toEqual([])
    expect(whole.flatMap(({ rows }) => rows).filter((r) => r.owner_uncertain !== 0)).toEqual([])

    // The pause shows as such: neither agent says that it was there.
    for (const { producer } of [first, second]) {
      expect(producer.reports().at(-1)).toMatchObject({ stopping: true })
      expect(reasonsOf(producer.reports().at(-1)?.dropped)).toEqual([])
    }
    const [end, begin] = [first.producer.reports().at(-1)!, second.producer.reports()[0]!]
    expect(begin.started).toBeGreaterThan(end.time)
  })
})
