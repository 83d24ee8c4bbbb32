// What the agent may cost, as counts: they are the same on every machine and under every load, where times are not (docs/overhead.md).
import { release } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { createProbe, type KernelObject, type Probe, type Profile, profiles } from '@headwater/native'
import { bpfStatistics, buildLoad, Load, type LoadMode, TestNamespace, wire } from '@headwater/native/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()

const TCP = [
  'inet_sock_set_state',
  'tcp_send_reset',
  'tcp_receive_reset',
  'tcp_destroy_sock',
  'inet_sk_error_report_tcp',
  'iter_tcp',
  'iter_task_file',
  'sched_process_fork',
  'sched_process_exec',
]
const DROPS = ['kfree_skb', 'kfree_skb_again']
const FIRST_IO = ['sock_send_length', 'sock_recv_length']
const PACKETS = ['udp_egress', 'udp_ingress']
/** They run only when a UDP socket is bound or in trouble, and with walks. */
const UDP = [
  'iter_udp',
  'post_bind4',
  'post_bind6',
  'iter_task_file_udp',
  'udp_fail_queue_rcv_skb',
  'inet_sk_error_report',
]
const WALKS = ['iter_tcp', 'walk_slots', 'iter_task_file', 'iter_udp', 'iter_task_file_udp', 'udp_drain']
/** Programs that are attached, by profile. */
const ATTACHED: Record<Profile, string[]> = {
  tcp: TCP,
  standard: [...TCP, ...DROPS, ...PACKETS, ...UDP],
  full: [...TCP, ...DROPS, ...FIRST_IO, ...PACKETS, ...UDP],
}
/**
 * Runs per operation, both ends together. A short connection changes its state ten times: SYN_SENT, SYN_RECV, twice ESTABLISHED,
 * FIN_WAIT1, CLOSE_WAIT, FIN_WAIT2, LAST_ACK, twice CLOSE. It is ten packets, each sent and received, and the kernel frees one of them
 * through kfree_skb, which two programs see; each end's socket is taken down. Its ends send twice and receive three times. A stream's 64 KB are
 * a packet or two, and what acknowledges them.
 */
const RUNS: Record<Profile, Record<LoadMode, number | { least: number; most: number }>> = {
  tcp: { storm: 12, rr: 0, stream: 0, udp: 0 },
  standard: { storm: 34, rr: 4, stream: { least: 2, most: 4 }, udp: 4 },
  full: { storm: 39, rr: 8, stream: { least: 4, most: 6 }, udp: 8 },
}
/**
 * Instructions that the verifier may have to go through: the kernel refuses a million. Those that choose a place for a slot have it
 * follow the choice for each state that may come before (bpf/slot.h); few of them run.
 */
const VERIFIED: Record<string, number> = {
  inet_sock_set_state: 16_000,
  tcp_send_reset: 500,
  tcp_receive_reset: 500,
  iter_tcp: 12_000,
  walk_slots: 12_000,
  iter_task_file: 5000,
  sched_process_fork: 500,
  sched_process_exec: 500,
  kfree_skb: 1000,
  kfree_skb_again: 1000,
  tcp_destroy_sock: 4000,
  inet_sk_error_report_tcp: 4000,
  sock_send_length: 500,
  sock_recv_length: 500,
  udp_egress: 4000,
  udp_ingress: 4000,
  udp_drain: 2000,
  iter_udp: 500,
  post_bind4: 500,
  post_bind6: 500,
  iter_task_file_udp: 500,
  udp_fail_queue_rcv_skb: 500,
  inet_sk_error_report: 500,
}
/** What the maps may hold, in MiB. */
const MEMORY: Record<Profile, number> = { tcp: 24, standard: 36, full: 36 }

const SECONDS = 0.4
/**
 * Others' sockets change their state meanwhile. The quietest of some rounds counts, from the second on less what ran beside it
 * while the load stood still. One more program on the way would run once at least.
 */
const ROUNDS = 12
const OTHERS = 0.9

describe.skipIf(missing !== undefined)('what the agent may cost', () => {
  const namespaces: TestNamespace[] = []
  let load: Load | undefined
  let endStatistics: (() => Promise<void>) | undefined
  let probe: Probe | undefined

  beforeAll(async () => {
    buildLoad()
    const [one, two] = [new TestNamespace(), new TestNamespace()]
    namespaces.push(one, two)
    wire(one, two, [['192.0.2.1/24', '192.0.2.2/24']])
    load = await Load.start({ address: '192.0.2.2', client: one.path, server: two.path })
    endStatistics = await bpfStatistics()
  })
  afterAll(async () => {
    await endStatistics?.()
    await load?.stop()
    for (const namespace of namespaces) namespace.remove()
  })

  /** To be called at the head of a `describe`. */
  function withProbe(profile: Profile): void {
    beforeAll(async () => {
      probe = createProbe({ keepAliveMs: 60_000, profile })
      await probe.open()
    })
    afterAll(async () => {
      await probe?.close()
    })
  }

  const of = (type: KernelObject['type']) => probe?.inventory().filter((object) => object.type === type) ?? []
  /** Without walks, which run as often as there are sockets and not by what these do. */
  const runs = () => of('program').reduce((sum, { name, runs }) => (WALKS.includes(name) ? sum : sum + runs), 0)

  async function ran(work: () => Promise<unknown>): Promise<number> {
    const before = runs()
    await work()
    return runs() - before
  }

  /** The least of some rounds: all that ran, and without what others made run. */
  async function runsPerOperation(mode: LoadMode, expected: number): Promise<{ all: number; own: number }> {
    const least = { all: Number.POSITIVE_INFINITY, own: Number.POSITIVE_INFINITY }
    for (let round = 0; round < ROUNDS && least.own > expected + OTHERS; round++) {
      const others = round === 0 ? 0 : await ran(() => sleep(SECONDS * 1000))
      let operations = 0
      const runs = await ran(async () => {
        operations = (await load?.run(mode, SECONDS))?.operations ?? 0
      })
      expect(operations).toBeGreaterThan(100)
      least.all = Math.min(least.all, runs / operations)
      least.own = Math.min(least.own, (runs - others) / operations)
    }
    return least
  }

  describe.each(profiles)('profile %s', (profile) => {
    withProbe(profile)

    test('the programs that are attached', () => {
      expect(of('link').map(({ name }) => name)).toEqual(ATTACHED[profile])
    })

    test.each(Object.entries(RUNS[profile]) as [LoadMode, number | { least: number; most: number }][])(
      'runs per operation of %s: %o',
      async (mode, expected) => {
        const { least, most } = typeof expected === 'number' ? { least: expected, most: expected } : expected
        const { all, own } = await runsPerOperation(mode, most)
        expect(all).toBeGreaterThanOrEqual(least * 0.99)
        expect(own).toBeLessThanOrEqual(most + OTHERS)
      },
    )

    test('instructions that the verifier goes through', () => {
      // Linux 5.15 does not tell them.
      const [major = 0, minor = 0] = release().split('.').map(Number)
      const counts = major > 5 || minor > 15
      for (const { name, verifiedInstructions } of of('program')) {
        expect([name, verifiedInstructions > 0 || !counts]).toEqual([name, true])
        expect([name, verifiedInstructions <= (VERIFIED[name] ?? 0)]).toEqual([name, true])
      }
    })

    test(`what its maps hold is told, and is no more than ${MEMORY[profile]} MiB`, () => {
      const maps = of('map')
      const bytes = maps.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)
      expect(bytes).toBeGreaterThan((MEMORY[profile] - 4) * 2 ** 20)
      expect(bytes).toBeLessThan(MEMORY[profile] * 2 ** 20)
      expect(new Set(maps.map(({ id }) => id)).size).toBe(maps.length)
    })
  })
})
