import { type Account, type AccountSum, type InstanceAccounts, wasProduced } from '@headwater/contracts'
import { type AccountLeftOutRow, type AccountReportRow, type AccountStoredRow, BEFORE } from '../sql/accounts.js'

type Topic = 'flows' | 'dns'
type Counts = Record<string, number>
type Some = Account['produced']
/** What is added up; `delivered` follows. */
type Sums = Omit<Account, 'delivered'>

/** What the store says of all instances that match. */
export interface AccountRows {
  reports: readonly AccountReportRow[]
  stored: Readonly<Record<Topic, readonly AccountStoredRow[]>>
  leftOut: Readonly<Record<Topic, readonly AccountLeftOutRow[]>>
}

const zero = (): Some => ({ rows: 0, batches: 0 })
const noSums = (): Sums => ({
  ...{ produced: zero(), stored: zero(), dropped: {}, dead: {} },
  ...{ duplicate: zero(), replayed: zero() },
})

/** Names come from agents, and may be those of what every object has. */
const of = <T>(all: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined

function count(to: Counts, name: string, n: number): void {
  to[name] = (of(to, name) ?? 0) + n
}

function add(to: Some, { rows, batches }: Some): void {
  to.rows += rows
  to.batches += batches
}

function deadOf({ dead }: Sums, reason: string): Some {
  const known = of(dead, reason) ?? zero()
  dead[reason] = known
  return known
}

function addAll(to: Sums, sums: Sums): void {
  for (const name of ['produced', 'stored', 'duplicate', 'replayed'] as const) add(to[name], sums[name])
  for (const [reason, rows] of Object.entries(sums.dropped)) count(to.dropped, reason, rows)
  for (const [reason, some] of Object.entries(sums.dead)) add(deadOf(to, reason), some)
}

const arrived = ({ produced, stored, replayed }: Sums): number => Math.min(produced.rows, stored.rows + replayed.rows)
const ratio = (part: number, of: number): number | null => (of === 0 ? null : part / of)
const total = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + n, 0)

function unaccounted({ produced, stored, dropped, dead }: Sums): number {
  const lost = Object.entries(dropped).map(([reason, rows]) => (wasProduced(reason) ? rows : 0))
  const aside = Object.values(dead).map(({ rows }) => rows)
  return Math.max(0, produced.rows - stored.rows - total(lost) - total(aside))
}

const accountOf = (sums: Sums): Account => ({ ...sums, delivered: ratio(arrived(sums), sums.produced.rows) })
const isEmpty = ({ produced, stored, dropped, dead, duplicate, replayed }: Sums): boolean =>
  total([produced, stored, duplicate, replayed].map(({ rows, batches }) => rows + batches)) === 0 &&
  Object.keys(dropped).length + Object.keys(dead).length === 0

/** One instance by step. */
class Ledger {
  readonly steps = new Map<number, Record<Topic, Sums>>()

  constructor(
    public cluster: string,
    public node: string,
    readonly instance: string,
  ) {}

  at(time: number): Record<Topic, Sums> {
    let step = this.steps.get(time)
    if (step === undefined) {
      step = { flows: noSums(), dns: noSums() }
      this.steps.set(time, step)
    }
    return step
  }

  sum(topic: Topic): Sums {
    const sums = noSums()
    for (const step of this.steps.values()) addAll(sums, step[topic])
    return sums
  }

  get account(): InstanceAccounts {
    const { cluster, node, instance } = this
    const sumOf = (topic: Topic) => withRest([this.sum(topic)])
    const steps = [...this.steps]
      .filter(([, { flows, dns }]) => !isEmpty(flows) || !isEmpty(dns))
      .sort(([a], [b]) => a - b)
      .map(([time, { flows, dns }]) => ({ time, flows: accountOf(flows), dns: accountOf(dns) }))
    return { cluster, node, instance, flows: sumOf('flows'), dns: sumOf('dns'), steps }
  }
}

/** What one instance has too many never makes up for what another has too few. */
function withRest(all: readonly Sums[]): AccountSum {
  const sums = noSums()
  for (const one of all) addAll(sums, one)
  return {
    ...sums,
    delivered: ratio(total(all.map(arrived)), sums.produced.rows),
    unaccounted: total(all.map(unaccounted)),
  }
}

class Ledgers {
  readonly all = new Map<string, Ledger>()

  of({ cluster, node, instance }: { cluster: string; node: string; instance: string }): Ledger {
    let ledger = this.all.get(instance)
    if (ledger === undefined) {
      ledger = new Ledger(cluster, node, instance)
      this.all.set(instance, ledger)
    }
    // What nobody could read says no more than the instance.
    if (ledger.cluster === '') Object.assign(ledger, { cluster, node })
    return ledger
  }
}

/** How much more `until` counts, which never goes back; `until` is what was counted before, from then on. */
function increase(until: Counts, counts: Counts): Counts {
  const more: Counts = {}
  for (const [reason, counted] of Object.entries(counts)) {
    const before = of(until, reason) ?? 0
    if (counted <= before) continue
    more[reason] = counted - before
    until[reason] = counted
  }
  return more
}

const told = {
  flows: (r: AccountReportRow) => ({ produced: { rows: r.rows, batches: r.batches }, dropped: r.dropped }),
  dns: (r: AccountReportRow) => ({ produced: { rows: r.dns_rows, batches: r.dns_batches }, dropped: r.dns_dropped }),
}
const topics = ['flows', 'dns'] as const

/** Cumulative counts of reports into what came in each step. @param rows in the order of their steps */
function takeReports(ledgers: Ledgers, rows: readonly AccountReportRow[]): void {
  const counted = new Map<string, Record<Topic, { produced: Counts; dropped: Counts }>>()
  for (const row of rows) {
    const before = counted.get(row.instance) ?? {
      flows: { produced: {}, dropped: {} },
      dns: { produced: {}, dropped: {} },
    }
    counted.set(row.instance, before)
    for (const topic of topics) {
      const { produced, dropped } = told[topic](row)
      const made = increase(before[topic].produced, produced)
      const lost = increase(before[topic].dropped, dropped)
      if (row.step_time === BEFORE) continue
      const sums = ledgers.of(row).at(row.step_time)[topic]
      add(sums.produced, { ...zero(), ...made })
      for (const [reason, rows] of Object.entries(lost)) count(sums.dropped, reason, rows)
    }
  }
}

/** The accounts of each instance, and their sums. */
export function accounts({ reports, stored, leftOut }: AccountRows): Record<Topic, AccountSum> & {
  instances: InstanceAccounts[]
} {
  const ledgers = new Ledgers()
  takeReports(ledgers, reports)
  for (const topic of topics) {
    for (const row of stored[topic]) {
      const sums = ledgers.of(row).at(row.step_time)[topic]
      add(row.kind === 'replayed' ? sums.replayed : sums.stored, row)
      // It was produced, whoever tells.
      if (row.kind === 'untold') add(sums.produced, row)
    }
    for (const row of leftOut[topic]) {
      const sums = ledgers.of(row).at(row.step_time)[topic]
      add(row.kind === 'duplicate' ? sums.duplicate : deadOf(sums, row.reason), row)
      if (row.kind === 'dead' && row.untold === 1) add(sums.produced, row)
    }
  }
  const all = [...ledgers.all.values()]
  const sumOf = (topic: Topic) => withRest(all.map((ledger) => ledger.sum(topic)))
  const key = ({ cluster, node, instance }: InstanceAccounts) => `${cluster}\n${node}\n${instance}`
  const instances = all.map(({ account }) => account).sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return { flows: sumOf('flows'), dns: sumOf('dns'), instances }
}
