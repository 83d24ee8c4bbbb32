import { setTimeout as sleep } from 'node:timers/promises'
import type { CostAnswer, MapAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, noAgent, skip } from '../support/headwater.js'
import { type LabDemo, startLabDemo } from './support/lab-demo.js'
import { printTable } from './support/pairs.js'
import { type Expected, shows, type Trouble, troubles, wrong } from './support/states.js'

/** Patience, not a promise: what was measured is in the table that is printed. */
const SHOWN_MS = 40_000
const CLEAR_MS = 90_000
/** How long a fault that has shown stays on: what would turn bad by mistake has time to. */
const STANDS_MS = 8_000
const SETTLE_MS = 45_000

const faults: Record<string, Expected> = {
  refused: {
    ...{ cause: 'refused', at_fault: 'server' },
    ...{ edges: ['checkout > payments'], nodes: ['payments'], dependents: ['checkout'] },
  },
  dropped: {
    ...{ cause: 'no-answer', at_fault: 'path' },
    ...{ edges: ['checkout > cart'], nodes: ['checkout', 'cart'] },
  },
  'firewall-drop': {
    ...{ cause: 'firewall-drop', at_fault: 'client' },
    ...{ edges: ['payments > database'], nodes: ['payments'] },
  },
  lossy: {
    ...{ cause: 'retransmits', at_fault: 'path' },
    ...{ edges: ['frontend > catalogue'], nodes: ['frontend', 'catalogue'] },
  },
  'rate-limited': {
    ...{ cause: 'slow-round-trip', at_fault: 'path' },
    ...{ edges: ['catalogue > database'], views: ['nat-shop > database'], nodes: ['catalogue', 'database'] },
    dependents: ['nat-shop'],
  },
  reset: {
    ...{ cause: 'resets', at_fault: 'server' },
    ...{ edges: ['catalogue > search'], views: ['nat-shop > search'], nodes: ['search'] },
    dependents: ['catalogue', 'nat-shop'],
  },
  'slow-accept': {
    ...{ cause: 'backlog', at_fault: 'server' },
    ...{ edges: ['frontend > cart', 'checkout > cart'], nodes: ['cart'], dependents: ['frontend', 'checkout'] },
  },
  'ports-exhausted': {
    ...{ cause: 'ports-exhausted', at_fault: 'client' },
    ...{ edges: ['cart > cache'], nodes: ['cart'] },
  },
  'dns-failing': {
    ...{ cause: 'dns-failing', at_fault: 'server' },
    ...{ edges: ['payments > resolver'], nodes: ['resolver'], dependents: ['payments'] },
  },
  'dns-slow': {
    ...{ cause: 'dns-slow', at_fault: 'server' },
    edges: ['catalogue', 'checkout', 'frontend', 'ledger', 'payments'].map((c) => `${c} > resolver`),
    nodes: ['resolver'],
    // It asks for one name each 5 s: as many questions as a judgement takes, or one less.
    dependents: ['database-replica > resolver'],
  },
}

interface Row {
  fault: string
  shown_after_s: string
  edge: string
  state: string
  cause: string
  at_fault: string
  cleared_after_s: string
  reason: string
}

describe.skipIf(skip('faults of the lab', noAgent))('a fault of the lab', () => {
  let demo: LabDemo
  const rows: Row[] = []

  beforeAll(async () => {
    demo = await startLabDemo()
    await sleep(SETTLE_MS)
  })
  afterAll(async () => {
    await demo?.stop()
    printTable('faults and what the map said of them', rows)
  })

  /** With a fault on, which is off again whatever is found: what comes after wants a calm lab. @returns what the work does */
  async function withFault<T>(id: string, work: () => Promise<T>): Promise<T> {
    await demo.setFault(id, true)
    return work().finally(() => demo.setFault(id, false))
  }

  const look = async () => troubles(await demo.get<MapAnswer>('/api/v1/map?from=now-5m'))
  const seconds = (ms: number) => (ms / 1000).toFixed(1)

  /** One look, at which nothing else may be in trouble. */
  async function only(what: string, expected: Expected): Promise<ReadonlyMap<string, Trouble>> {
    const found = await look()
    expect(wrong(found, expected), what).toEqual([])
    return found
  }

  /** Looks again and again until it is so. @returns how long that took, ms */
  async function until(
    what: string,
    expected: Expected,
    so: (found: ReadonlyMap<string, Trouble>) => boolean,
    ms: number,
  ): Promise<number> {
    const began = performance.now()
    for (;;) {
      const found = await only(what, expected)
      const after = performance.now() - began
      if (so(found)) return after
      if (after > ms) throw new Error(`not within ${ms} ms: ${what}; in trouble: ${JSON.stringify([...found])}`)
      await sleep(500)
    }
  }

  /** Looks again and again for so long. @returns the last look */
  async function during(what: string, expected: Expected, ms: number): Promise<ReadonlyMap<string, Trouble>> {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(500)) await only(what, expected)
    return only(what, expected)
  }

  it.each(Object.entries(faults))(
    '%s: the right ones turn bad for the right reason, the others stay calm',
    async (id, expected) => {
      await until('calm before', expected, (found) => found.size === 0, CLEAR_MS)
      const { after, stands } = await withFault(id, async () => ({
        after: await until(`${id} shown`, expected, (found) => shows(found, expected), SHOWN_MS),
        stands: await during(`${id} stands`, expected, STANDS_MS),
      }))
      const cleared = await until(`${id} cleared`, expected, (found) => found.size === 0, CLEAR_MS)
      for (const edge of expected.edges) {
        const { state = '', cause = '', at_fault = '', reason = '' } = stands.get(edge) ?? {}
        const times = { shown_after_s: seconds(after), cleared_after_s: seconds(cleared) }
        rows.push({ fault: id, edge, state, cause: cause ?? '', at_fault: at_fault ?? '', ...times, reason })
      }
    },
    300_000,
  )

  const calm: Expected = { cause: '', at_fault: '', edges: [], nodes: [] }

  it('new-dependency: a new edge, compared with the time before; nothing is unhealthy', async () => {
    await until('calm before', calm, (found) => found.size === 0, CLEAR_MS)
    const before = Date.now()
    const newEdges = async () => {
      const { nodes, edges } = await demo.get<MapAnswer>(
        `/api/v1/map?from=${before}&to=now&compare_from=${before - 30_000}&compare_to=${before}`,
      )
      const label = (end: string) => nodes.find((node) => node.id === end)?.label ?? end
      const fresh = edges.filter((edge) => edge.change?.kind === 'new')
      const names = fresh.map((edge) => `${label(edge.source)} > ${label(edge.target)}`)
      return names.length > 0 ? names : undefined
    }
    const shown = await withFault('new-dependency', async () => {
      const began = performance.now()
      expect(await eventually('the new edge', newEdges, SHOWN_MS)).toEqual(['frontend > database'])
      const after = seconds(performance.now() - began)
      await sleep(STANDS_MS)
      expect(wrong(await look(), calm)).toEqual([])
      return after
    })
    rows.push({
      ...{ fault: 'new-dependency', edge: 'frontend > database', state: 'new', cause: '', at_fault: '' },
      ...{ shown_after_s: shown, cleared_after_s: '', reason: '' },
    })
  }, 300_000)

  it('zone-blind: the pair’s bytes cross zones, and the bill says what the same zone would save', async () => {
    await until('calm before', calm, (found) => found.size === 0, CLEAR_MS)
    const pair = async (from: number) => {
      const { pairs, savings } = await demo.get<CostAnswer>(`/api/v1/cost?from=${from}&to=now`)
      const of = ({ client, server }: { client: { service: string }; server: { service: string } }) =>
        client.service === 'frontend' && server.service === 'catalogue'
      return { crossing: pairs.filter((p) => of(p) && p.path_class === 'cross-zone'), savings: savings.filter(of) }
    }
    expect(await pair(Date.now() - 30_000)).toEqual({ crossing: [], savings: [] })
    const from = Date.now()
    const crosses = async () => {
      const found = await pair(from)
      return found.crossing.length > 0 ? found : undefined
    }
    const { shown, saved } = await withFault('zone-blind', async () => {
      const began = performance.now()
      const { crossing, savings } = await eventually('bytes across zones', crosses, SHOWN_MS)
      const after = seconds(performance.now() - began)
      expect(crossing.map(({ client, server }) => [client.zone, server.zone])).toEqual([['eu-1a', 'eu-1b']])
      expect(crossing[0]?.cost).toBeGreaterThan(0)
      expect(savings.map((s) => s.kind)).toEqual(['same-zone'])
      await sleep(STANDS_MS)
      expect(wrong(await look(), calm)).toEqual([])
      return { shown: after, saved: savings[0]?.detail ?? '' }
    })
    rows.push({
      ...{ fault: 'zone-blind', edge: 'frontend > catalogue', state: 'crosses zones', cause: '', at_fault: '' },
      ...{ shown_after_s: shown, cleared_after_s: '', reason: saved },
    })
  }, 300_000)
})
