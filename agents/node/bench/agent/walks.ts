import { availableParallelism } from 'node:os'
import { bpfStatistics, Load, TestNamespace } from '@headwater/native/testing'
import { AgentProcess } from './agent-process.ts'
import { Ground, say } from './ground.ts'
import type { Walk } from './host.ts'
import { sleep } from './rounds.ts'
import { median, type Spread, spread } from './spread.ts'

const BARE_WALKS = 8

export interface WalkCost {
  sockets: number
  /** CPU of the probe's thread; with what the reader needs to copy the records out of the ring. */
  cpu_ms: Spread
  ms: Spread
  records: number
  /** The kernel's part, by its own count: the iterator's program. */
  program_runs: number
  program_ms: number
  program_ns_per_run: number
}

/**
 * Walks over one namespace with so many sockets, by a probe that is limited to it: all unchanged since the last, and each with a
 * byte more.
 */
export async function oneNamespace(sockets: number, walks: number): Promise<Record<'unchanged' | 'changed', WalkCost>> {
  const ground = Ground.make('loopback')
  const loads = await ground.hold(sockets / 2)
  const end = await bpfStatistics()
  const agent = await AgentProcess.start(
    { profile: 'tcp', sink: 'none', namespaces: ground.namespaces },
    ground.agentCpus,
  )
  const program = async () => (await agent.inventory()).find((o) => o.type === 'program' && o.name === 'iter_tcp')
  const cost = async (before: () => Promise<unknown>): Promise<WalkCost> => {
    const done: (Walk & { runs: number; ns: number })[] = []
    for (let i = 0; i < walks + 2; i++) {
      await before()
      const first = await program()
      const walk = await agent.walk()
      const last = await program()
      const [runs, ns] = [(last?.runs ?? 0) - (first?.runs ?? 0), (last?.runNs ?? 0) - (first?.runNs ?? 0)]
      // The first two warm the caches.
      if (i > 1) done.push({ ...walk, runs, ns })
    }
    const of = (pick: (walk: (typeof done)[number]) => number) => median(done.map(pick))
    return {
      sockets,
      cpu_ms: spread(
        done.map(({ cpu_us }) => cpu_us / 1000),
        2,
      ),
      ms: spread(
        done.map(({ ms }) => ms),
        2,
      ),
      records: of(({ records }) => records),
      program_runs: of(({ runs }) => runs),
      program_ms: Number((of(({ ns }) => ns) / 1e6).toFixed(2)),
      program_ns_per_run: Math.round(of(({ ns, runs }) => ns / Math.max(1, runs))),
    }
  }
  try {
    const unchanged = await cost(async () => {})
    const changed = await cost(() => Promise.all(loads.map((load) => load.touch())))
    return { unchanged, changed }
  } finally {
    await agent.stop()
    await end()
    await Promise.all(loads.map((load) => load.stop()))
    ground.remove()
  }
}

export interface ManyNamespaces {
  namespaces: number
  sockets: number
  /** Percent of a core that the agent takes at its default interval: without them, with them unchanged, with all changed between walks. */
  without_percent: number
  unchanged_percent: number
  changed_percent: number
  known: number
  /** CPU of the probe's thread for one walk over all of them, nothing changed; of this the programs. */
  walk_cpu_ms: Spread
  walk_program_ms: number
}

/** Walks over all of the machine's namespaces by a probe without an agent. */
async function bareWalks(cpus: string): Promise<{ walk_cpu_ms: Spread; walk_program_ms: number }> {
  const end = await bpfStatistics()
  const probe = await AgentProcess.start({ profile: 'tcp', sink: 'none' }, cpus)
  const programMs = async () =>
    (await probe.inventory()).reduce((sum, o) => sum + (['iter_tcp', 'walk_slots'].includes(o.name) ? o.runNs : 0), 0) /
    1e6
  try {
    await probe.walk()
    const before = await programMs()
    const walks: number[] = []
    for (let i = 0; i < BARE_WALKS; i++) walks.push((await probe.walk()).cpu_us / 1000)
    const walk_program_ms = Number((((await programMs()) - before) / BARE_WALKS).toFixed(2))
    return { walk_cpu_ms: spread(walks, 1), walk_program_ms }
  } finally {
    await probe.stop()
    await end()
  }
}

/** A node with so many containers: the whole agent, with a process in each namespace. */
export async function manyNamespaces(namespaces: number, sockets: number, seconds: number): Promise<ManyNamespaces> {
  const cpus = `0-${availableParallelism() - 1}`
  const agent = await AgentProcess.start({ profile: 'tcp', sink: 'arrow' }, cpus)
  const percent = async (work: () => Promise<unknown> = async () => {}) => {
    const before = await agent.usage()
    const begin = performance.now()
    while (performance.now() - begin < seconds * 1000) {
      await work()
      await sleep(1000)
    }
    const elapsed = performance.now() - begin
    return Number((((await agent.usage()).cpu_us - before.cpu_us) / elapsed / 10).toFixed(2))
  }
  const containers: { ns: TestNamespace; load: Load }[] = []
  try {
    await sleep(8000)
    const without_percent = await percent()
    for (let i = 0; i < namespaces; i++) {
      const ns = new TestNamespace()
      ns.ip('link set lo up')
      const load = await Load.start({ address: '127.0.0.1', client: ns.path, server: ns.path })
      containers.push({ ns, load })
      await load.hold(sockets / namespaces / 2)
    }
    say(`${namespaces} namespaces with ${sockets} sockets are there`)
    await sleep(12_000)
    const unchanged_percent = await percent()
    const changed_percent = await percent(() => Promise.all(containers.map(({ load }) => load.touch())))
    const { connections: known } = await agent.usage()
    await agent.stop()
    const walks = await bareWalks(cpus)
    return { namespaces, sockets, without_percent, unchanged_percent, changed_percent, known, ...walks }
  } finally {
    await agent.stop()
    await Promise.all(containers.map(({ load }) => load.stop()))
    for (const { ns } of containers) ns.remove()
  }
}
