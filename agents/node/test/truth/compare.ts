import type { RecordingProducer } from '../../src/testing/recording-producer.js'
import { type Row, rowsOf } from '../../src/testing/rows.js'
import type { End, Program } from './ground.js'

/** An end of a connection in words, to compare what programs counted with what rows say. */
export interface Told {
  netns: number
  pid: number
  comm: string
  side: 'client' | 'server'
  end: End
}

export const told = (ends: readonly End[], { ns, pid, title }: Program, side: Told['side']): Told[] =>
  ends.map((end) => ({ netns: ns.inode, pid, comm: title, side, end }))

/** One line for each end: where, whose, which side, what it carried. */
export function counted(ends: readonly Told[]): string[] {
  return ends
    .map(
      ({ netns, pid, comm, side, end }) =>
        `${netns} ${side} ${pid} ${comm} ${end.local} ${end.remote} ${end.sent}/${end.received}`,
    )
    .sort()
}

/** Rows of one end: what they add up to. */
export interface Seen {
  line: string
  rows: Row[]
  connects: number
  accepts: number
  closes: number
}

const total = (rows: readonly Row[], name: keyof Row) => rows.reduce((sum, row) => sum + Number(row[name]), 0)

/** Connections that are the test's: those of a namespace by its inode; of one that has gone, whose inode may be another's by now, by port. */
export type Ours = ReadonlyMap<number, readonly number[] | 'all'>

function isOurs(ours: Ours, { netns, local_port, remote_port }: Row): boolean {
  const ports = ours.get(Number(netns))
  return ports === 'all' || ports?.some((port) => port === local_port || port === remote_port) === true
}

/** The same of what an agent told, in the order of their lines. */
export function seen(producer: RecordingProducer, ours: Ours): Seen[] {
  const rows = rowsOf(producer.batches()).filter((r) => r.transport === 'tcp' && isOurs(ours, r))
  const ends = [...Map.groupBy(rows, (r) => `${r.netns} ${r.cookie}`).values()]
  return ends
    .map((of) => {
      const last = of.at(-1)!
      const one = (name: keyof Row) => [...new Set(of.map((r) => r[name]))].join('|')
      const ends = `${last.local_ip}:${last.local_port} ${last.remote_ip}:${last.remote_port}`
      const bytes = `${total(of, 'tx_bytes')}/${total(of, 'rx_bytes')}`
      const line = `${last.netns} ${one('side')} ${one('pid')} ${one('comm')} ${ends} ${bytes}`
      return {
        line,
        rows: of,
        connects: total(of, 'connects'),
        accepts: total(of, 'accepts'),
        closes: total(of, 'closes'),
      }
    })
    .sort((a, b) => (a.line < b.line ? -1 : 1))
}

const TROUBLES = /slot|recursion|full|recovered|deferred|untracked|clamped|out_of_order|baselines/

/** Lines of the one list that the other has not, or has less often. */
function beyond(of: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1)
  return of.filter((line) => {
    const n = counts.get(line) ?? 0
    counts.set(line, n - 1)
    return n <= 0
  })
}

/** What was counted and not seen, and the other way round: the first of each, since 20,000 lines tell nothing, with what the agent said of troubles. */
export function difference(expected: readonly string[], found: readonly Seen[], producer: RecordingProducer, most = 8) {
  const lines = found.map(({ line }) => line)
  const [missing, madeUp] = [beyond(expected, lines), beyond(lines, expected)]
  if (missing.length + madeUp.length === 0) return undefined
  const told = found
    .filter(({ line }) => madeUp.slice(0, most).includes(line))
    .map(({ line, rows }) => {
      const [first, last] = [rows[0]!, rows.at(-1)!]
      const life = `${rows.length} rows, partial ${last.partial}, ${first.side_source}, ${first.owner_source}, ${last.close_reason}, cookie ${last.cookie}`
      return `${line} (${life}, from ${last.start} to ${last.time})`
    })
  const counters = Object.entries(producer.reports().at(-1)?.kernel_records ?? {})
  const troubles = Object.fromEntries(counters.filter(([name, n]) => TROUBLES.test(name) && n > 0))
  return {
    lines: [missing.length, madeUp.length, expected.length],
    missing: missing.slice(0, most),
    madeUp: told,
    troubles,
  }
}
