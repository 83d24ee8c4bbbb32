// An agent that is killed under load leaves nothing in the kernel, and the next one counts as if there had been none before.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildLoad, kernelIds, Load } from '@headwater/native/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Agent } from '../../src/index.js'
import { RecordingProducer } from '../../src/testing/recording-producer.js'
import { questionsOf, rowsOf, sum } from '../../src/testing/rows.js'
import { mount } from '../cgroups.js'
import { reasonsOf, testAgent } from '../harness.js'
import { type Placed, place } from '../placed.js'
import { probeMissing } from '../probe-available.js'
import { counted, difference, seen, told } from './compare.js'
import { Ground } from './ground.js'

const missing = (await probeMissing()) ?? (mount() === undefined ? 'cgroup version 2 is not mounted' : undefined)
const KILLS = 5
const SHORT = 200
const DATAGRAMS = 60
const QUESTIONS = 12
const DATAGRAM_BYTES = 32

interface Held {
  type: 'program' | 'map' | 'link'
  id: number
  name: string
}

test.skipIf(missing !== undefined)(
  'killed five times under load: nothing is left, the next counts exactly',
  { timeout: 240_000 },
  async () => {
    const [a, b] = ground.all
    const namespaces = ground.all.map((ns) => ns.path)
    const background = keepBusy()
    const server = await ground.server(b!)
    const client = await ground.program('hw-client', a!)
    const [names, asker, echo, sender] = [
      await other('names.mjs', b!.path),
      await other('names.mjs', a!.path),
      await other('udp.mjs', b!.path),
      await other('udp.mjs', a!.path),
    ]
    const there = ground.address(1, 0, 4)
    await names.do('serve', { address: there, port: 53 })
    const port = await echo.do('bind', { id: 'echo', address: there, echo: true })
    /** Questions go on while agents are killed. */
    const asking = { on: true, asked: 0 }
    const questions = (async () => {
      while (asking.on) {
        await asker.do('ask', { server: there, name: `busy-${asking.asked++}.lab` })
        await sleep(5)
      }
    })()

    for (let kill = 0; kill < KILLS; kill++) {
      const held = await killed(namespaces, kill * 150)
      expect(held.filter(({ type }) => type === 'program').length).toBeGreaterThan(15)
      // The kernel frees after a grace period.
      let left = held
      for (let wait = 0; wait < 300 && left.length > 0; wait++) {
        const ids = kernelIds(mount()!)
        left = left.filter(
          ({ type, id }) => ids[type].includes(id) || (type === 'program' && ids.attached.includes(id)),
        )
        await sleep(20)
      }
      expect(left).toEqual([])

      const producer = new RecordingProducer()
      const agent: Agent = testAgent(producer, { namespaces })
      agents.push(agent)
      await agent.start()
      expect(agent.status().capabilities.filter(({ ok, name }) => !ok && !OPTIONAL.has(name))).toEqual([])
      const doors = ground.doors(server.ports, 1, 0)
      const ends = await Promise.all(doors.map((door) => client.do('short', { ...door, count: SHORT / doors.length })))
      await sender.do('bind', { id: kill, address: ground.address(0, 1, 4) })
      const own = await sender.do('port', { id: kill })
      await sender.do('send', { id: kill, count: DATAGRAMS, length: DATAGRAM_BYTES, port, address: there })
      const answers = await Promise.all(
        Array.from({ length: QUESTIONS }, (_, i) => asker.do('ask', { server: there, name: `exact-${kill}-${i}.lab` })),
      )
      expect(answers.map(({ result }) => result)).toEqual(Array(QUESTIONS).fill(['192.0.2.7']))
      for (let wait = 0; wait < 200 && (await sender.do('counts', { id: kill })).received < DATAGRAMS; wait++)
        await sleep(50)
      expect(await sender.do('counts', { id: kill })).toMatchObject({ sent: DATAGRAMS, received: DATAGRAMS, errors: 0 })
      await ground.settled(0, { ports: server.ports })
      await agent.stop()

      const expected = [
        ...told(ends.flat(), client, 'client'),
        ...told(await server.program.do('accepted'), server.program, 'server'),
      ]
      const ours = new Map(ground.all.map((ns) => [ns.inode, server.ports] as const))
      const found = seen(producer, ours)
      expect(difference(counted(expected), found, producer)).toBeUndefined()
      expect(found.filter(({ connects, accepts, closes }) => connects + accepts !== 1 || closes !== 1)).toEqual([])
      const datagrams = rowsOf(producer.batches()).filter((r) => r.transport === 'udp')
      for (const rows of [
        datagrams.filter((r) => r.local_port === own && r.remote_port === port),
        datagrams.filter((r) => r.local_port === port && r.remote_port === own),
      ]) {
        expect(
          ['tx_packets', 'rx_packets', 'tx_bytes', 'rx_bytes'].map((name) => sum(rows, name as 'tx_bytes')),
        ).toEqual([...[DATAGRAMS, DATAGRAMS], ...[DATAGRAMS * DATAGRAM_BYTES, DATAGRAMS * DATAGRAM_BYTES]])
      }
      const exact = questionsOf(producer.dns()).filter(({ query_name }) => `${query_name}`.startsWith(`exact-${kill}-`))
      expect(exact.map(({ query_name, rcode, answers, pid }) => [query_name, rcode, answers, pid]).sort()).toEqual(
        Array.from({ length: QUESTIONS }, (_, i) => [
          `exact-${kill}-${i}.lab`,
          'NOERROR',
          ['192.0.2.7'],
          asker.pid,
        ]).sort(),
      )
      expect(producer.reports().at(-1)).toMatchObject({ stopping: true })
      expect(reasonsOf(producer.reports().at(-1)?.dropped)).toEqual([])
    }
    asking.on = false
    await questions
    expect(asking.asked).toBeGreaterThan(KILLS * 20)
    await background.stop()
  },
)

/** Only on newer kernels. */
const OPTIONAL = new Set(['bpf_local_irq_save', 'docker', 'environ'])

let ground: Ground
let load: Load | undefined
const agents: Agent[] = []
const placed: Placed[] = []
const children = new Set<ChildProcess>()

beforeAll(async () => {
  if (missing !== undefined) return
  buildLoad()
  ground = new Ground(2)
  const [a, b] = ground.all
  load = await Load.start({ address: ground.address(1, 0, 4), client: a!.path, server: b!.path })
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const agent of agents.splice(0)) await agent.stop()
  for (const program of placed.splice(0)) await program.stop()
})
afterAll(async () => {
  await load?.stop()
  await ground?.remove()
})

async function other(program: string, netns: string): Promise<Placed> {
  const started = await place(program, netns)
  placed.push(started)
  return started
}

/** Connections and datagrams all the time. */
function keepBusy(): { stop(): Promise<void> } {
  let on = true
  const done = (async () => {
    // As much as an agent can miss, and no more than leaves the machine to what is counted.
    while (on) {
      for (const mode of ['storm', 'udp'] as const) await load!.run(mode, 0.1)
      await sleep(100)
    }
  })()
  return {
    stop: () => {
      on = false
      return done
    },
  }
}

/** Starts an agent, kills it `ms` after it has told of traffic, and gives what it held in the kernel. */
async function killed(namespaces: readonly string[], ms: number): Promise<Held[]> {
  const script = fileURLToPath(new URL('../programs/agent.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, ...namespaces], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  children.add(child)
  const [{ inventory }] = (await once(child, 'message')) as [{ inventory: Held[] }]
  await sleep(ms)
  const ids = kernelIds(mount()!)
  // The witness sees what is to be gone.
  expect(inventory.filter(({ type, id }) => !ids[type].includes(id))).toEqual([])
  const programs = inventory.filter(({ type }) => type === 'program')
  expect(programs.filter(({ id }) => ids.attached.includes(id)).map(({ name }) => name)).toEqual([
    ...['udp_egress', 'udp_ingress', 'post_bind4', 'post_bind6'],
  ])
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  expect(await exited).toEqual([null, 'SIGKILL'])
  children.delete(child)
  return inventory
}
