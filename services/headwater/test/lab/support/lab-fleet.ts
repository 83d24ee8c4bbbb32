import { join } from 'node:path'
import { type GroupState, groupState, startTestKafka, type TestKafka } from '@headwater/bus/testing'
import { topics } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { fleetEnv } from '../../support/fleet-env.js'
import { apiOf, eventually, lastWords, type Running, readyOf, start, temporaryFolder } from '../../support/headwater.js'
import { type Replica, startReplica } from '../../support/replica.js'
import { heardOf } from './lab-demo.js'
import { type AskedLab, startLabProcess } from './lab-process.js'
import { startNodeAgent } from './node-agent.js'

const GROUP = 'headwater-ingest'
/** Six start at once, on as many cores as there are. */
const AGENTS_MS = 150_000
const CIDRS = new URL('../../../../lab/files/cidrs.yaml', import.meta.url).pathname

/** The lab's clusters as users run a fleet: an agent on each node, Kafka, replicas of ingest, query, a store; each a process of its own. */
export class LabFleet {
  readonly #folder = temporaryFolder()
  readonly #running: Running[] = []
  /** Of nodes. */
  readonly agents = new Map<string, Running>()
  lab!: AskedLab
  kafka!: TestKafka
  store!: TestStore
  get!: ReturnType<typeof apiOf>
  #env: Record<string, string> = {}

  /** Everything but ingest: resolves when the agents run. */
  async start(): Promise<void> {
    const lab = startLabProcess({ lab: { lockPath: join(this.#folder.path, 'lab.lock') } })
    this.#running.push(lab.running)
    this.lab = lab.lab
    ;[this.kafka, this.store] = await Promise.all([startTestKafka(), startTestStore()])
    this.#env = { ...fleetEnv(this.kafka.brokers, this.store, this.#dataDir), HEADWATER_CIDRS: CIDRS }
    const query = start(['query', '--listen', '127.0.0.1:0'], { env: this.#env })
    this.#running.push(query)
    this.get = apiOf(await readyOf(query))
  }

  get #dataDir(): string {
    return join(this.#folder.path, 'data')
  }

  async startAgents(): Promise<void> {
    const nodes = await this.lab.nodes()
    for (const node of nodes) {
      const agent = startNodeAgent(node, this.#dataDir, { env: this.#env })
      this.agents.set(node.node, agent)
      this.#running.push(agent)
    }
    await heardOf(nodes.length, this.get, AGENTS_MS).catch((cause) => {
      throw new Error(this.lastWords(), { cause })
    })
  }

  async ingest(name: string): Promise<Replica> {
    const replica = await startReplica(name, this.#env)
    this.#running.push(replica)
    return replica
  }

  group(): Promise<GroupState> {
    return groupState(this.kafka.brokers, GROUP, topics.flows)
  }

  /** Waits until so many replicas share the partitions. */
  sharedBy(count: number, withinMs: number): Promise<GroupState> {
    return eventually(
      `${count} replicas that share the partitions`,
      async () => {
        const group = await this.group()
        const held = [...group.members.values()]
        if (group.state === 'Stable' && held.length === count && held.every((n) => n > 0)) return group
        throw new Error(`the group is ${group.state}, partitions by member: ${held}`)
      },
      withinMs,
    )
  }

  /** What each process said last. */
  lastWords(): string {
    return lastWords(this.#running)
  }

  async stop(): Promise<void> {
    // The agents look at the lab for the last time.
    const [lab, ...rest] = this.#running
    await Promise.all(rest.map((running) => running.stop()))
    await lab?.stop()
    await this.store?.stop()
    await this.kafka?.stop()
    this.#folder.remove()
  }
}
