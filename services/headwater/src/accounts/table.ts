import { type Account, type AccountSum, type AccountsAnswer, wasProduced } from '@headwater/contracts'
import { type Column, tableLines } from '../cli/columns.js'
import { shortName } from '../cli/safe-text.js'

export type Topic = 'flows' | 'dns'
type Reasons = [reason: string, rows: number, batches?: number][]

const total = (reasons: Reasons): number => reasons.reduce((sum, [, rows]) => sum + rows, 0)
const droppedOf = ({ dropped }: Account, produced: boolean): Reasons =>
  Object.entries(dropped).filter(([reason]) => wasProduced(reason) === produced)
const deadOf = ({ dead }: Account): Reasons =>
  Object.entries(dead).map(([reason, { rows, batches }]) => [reason, rows, batches])

/** All of it is 100 %, and nothing else is. */
function percent(ratio: number | null): string {
  if (ratio === null) return ''
  return ratio === 1 ? '100.00 %' : `${Math.min(99.99, Math.round(ratio * 10_000) / 100).toFixed(2)} %`
}

/** Rows of an account. What a step alone lacks may be told of in the next: `unaccounted` is of sums. */
const counts: (Column & { of(account: Account & Partial<AccountSum>): number | string })[] = [
  { name: 'PRODUCED', of: ({ produced }) => produced.rows },
  { name: 'STORED', of: ({ stored }) => stored.rows },
  { name: 'DROPPED', of: (account) => total(droppedOf(account, true)) },
  { name: 'DEAD', of: (account) => total(deadOf(account)) },
  { name: 'DUPLICATE', of: ({ duplicate }) => duplicate.rows },
  { name: 'REPLAYED', of: ({ replayed }) => replayed.rows },
  { name: 'UNACCOUNTED', of: ({ unaccounted }) => unaccounted ?? '' },
  { name: 'DELIVERED', of: ({ delivered }) => percent(delivered) },
  { name: 'NEVER MADE', of: (account) => total(droppedOf(account, false)) },
]
const cells = (account: Account): string[] => counts.map(({ of }) => String(of(account)))

type Instance = AccountsAnswer['instances'][number]

/** Messages of nobody are an instance without a name. */
const nameOf = ({ cluster, node, instance }: Instance): string[] =>
  instance === '' ? ['', '', '(unknown)'] : [cluster, node, instance].map(shortName)

/** Lines of a table: a row for each instance, or for each step of each, and their sum. */
export function accountLines(answer: AccountsAnswer, topic: Topic, bySteps: boolean): string[] {
  const columns: Column[] = ['CLUSTER', 'NODE', 'INSTANCE', ...(bySteps ? ['TIME'] : [])].map((name) => ({ name }))
  const rows = answer.instances.flatMap((one) =>
    bySteps
      ? one.steps.map((step) => [...nameOf(one), new Date(step.time).toISOString(), ...cells(step[topic])])
      : [[...nameOf(one), ...cells(one[topic])]],
  )
  const sum = ['(sum)', ...columns.slice(1).map(() => ''), ...cells(answer[topic])]
  return tableLines([...columns, ...counts.map(({ name }) => ({ name, right: true }))], [...rows, sum])
}

const told = ([reason, rows, batches = 0]: Reasons[number]): string => {
  const within = batches === 0 ? '' : ` in ${batches} ${batches === 1 ? 'batch' : 'batches'}`
  return `${shortName(reason)} ${rows}${within}`
}

/** Lines with the reasons of what was not stored, those of most rows first; none where there are none. */
export function reasonLines(sum: AccountSum): string[] {
  const all: [string, Reasons][] = [
    ['dropped', droppedOf(sum, true)],
    ['dead', deadOf(sum)],
    ['never made', droppedOf(sum, false)],
  ]
  return all
    .filter(([, reasons]) => reasons.length > 0)
    .map(([name, reasons]) => {
      const ordered = reasons.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      return `${name.padEnd(10)}  ${ordered.map(told).join(', ')}`
    })
}
