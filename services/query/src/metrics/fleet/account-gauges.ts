import type { Account, InstanceAccounts } from '@headwater/contracts'
import { labelValue, OTHER } from '@headwater/contracts/metrics'
import { fleetFamilies } from './families.js'
import type { Told } from './health-gauges.js'

const topics = ['flows', 'dns'] as const
/** Reasons come from agents: of one node and topic so many have a series of their own. */
const MOST_REASONS = 16

/** Of what is folded: each topic's four outcomes without a reason, and two with. */
const REST_SERIES = 6 * topics.length

/** Rows by outcome and reason, each with its series' labels. */
type Rows = Map<string, { labels: Record<string, string>; value: number }>

function add(to: Rows, labels: Record<string, string>, value: number): void {
  const key = Object.values(labels).join('\n')
  const known = to.get(key)
  if (known === undefined) to.set(key, { labels, value })
  else known.value += value
}

/** What of an account is told: what is 0 is not, but for what is produced and stored. */
function outcomes(account: Account): { outcome: string; reason: string; rows: number }[] {
  const { produced, stored, duplicate, replayed } = account
  const plain = Object.entries({ produced, stored, duplicate, replayed }).map(([outcome, { rows }]) => ({
    ...{ outcome, reason: '', rows },
  }))
  const dropped = Object.entries(account.dropped).map(([reason, rows]) => ({ outcome: 'dropped', reason, rows }))
  const dead = Object.entries(account.dead).map(([reason, { rows }]) => ({ outcome: 'dead', reason, rows }))
  const byReason = [...dropped, ...dead].filter(({ rows }) => rows > 0).sort((a, b) => b.rows - a.rows)
  const told = byReason.map((one, i) => (i < MOST_REASONS ? one : { ...one, reason: OTHER }))
  return [...plain.filter(({ outcome, rows }) => rows > 0 || outcome === 'produced' || outcome === 'stored'), ...told]
}

function rowsOf(instances: readonly InstanceAccounts[], node: { cluster: string; node: string }): Rows {
  const rows: Rows = new Map()
  for (const instance of instances)
    for (const topic of topics)
      for (const { outcome, reason, rows: value } of outcomes(instance[topic]))
        add(rows, { ...node, topic, outcome, reason: labelValue(reason) }, value)
  return rows
}

const lost = (instances: readonly InstanceAccounts[]): number =>
  instances.reduce((sum, { flows, dns }) => sum + flows.unaccounted + dns.unaccounted + aside(flows) + aside(dns), 0)
const aside = ({ dropped, dead }: Account): number =>
  [...Object.values(dropped), ...Object.values(dead).map(({ rows }) => rows)].reduce((sum, rows) => sum + rows, 0)

/** Rows of each node, all its agents together, by what became of them. Beyond `maxSeries` the rest is one node, those that lost most being told first. */
export function accountGauges(instances: readonly InstanceAccounts[], maxSeries: number): Told {
  const nodes = [...Map.groupBy(instances, ({ cluster, node }) => JSON.stringify([cluster, node])).values()]
  nodes.sort((a, b) => lost(b) - lost(a))
  const shown: Rows[] = []
  let series = 0
  const room = maxSeries - REST_SERIES
  let rest: InstanceAccounts[] = []
  let folded = 0
  for (const [i, of] of nodes.entries()) {
    const [{ cluster, node }] = of as [InstanceAccounts]
    const rows = rowsOf(of, { cluster: labelValue(cluster), node: labelValue(node) })
    if (series + rows.size > (i === nodes.length - 1 && rest.length === 0 ? maxSeries : room)) {
      rest = rest.concat(of)
      folded += rows.size
      continue
    }
    series += rows.size
    shown.push(rows)
  }
  if (rest.length > 0) shown.push(restOf(rest))
  const samples = shown.flatMap((rows) => [...rows.values()])
  return { families: [{ ...fleetFamilies.nodeRows, samples }], folded: { node_rows: folded } }
}

/** Reasons of many nodes are as many: here they are no label. */
function restOf(instances: readonly InstanceAccounts[]): Rows {
  const rows: Rows = new Map()
  for (const { labels, value } of rowsOf(instances, { cluster: OTHER, node: OTHER }).values())
    add(rows, { ...labels, reason: labels.reason === '' ? '' : OTHER }, value)
  return rows
}
