import type { LagAnswer } from '@headwater/contracts'
import { type Column, tableLines } from '../cli/columns.js'
import { shortName } from '../cli/safe-text.js'

const columns: Column[] = [
  { name: 'TOPIC' },
  { name: 'PARTITION', right: true },
  { name: 'MESSAGES', right: true },
  { name: 'SECONDS', right: true },
  { name: 'REPLICA' },
  { name: 'TOLD' },
]
const figures = ({ messages, seconds }: { messages: number; seconds: number }) => [String(messages), seconds.toFixed(1)]

/** Lines of a table: a row for each partition, and one for all of each topic. */
export function lagLines({ topics }: LagAnswer): string[] {
  const rows = topics.flatMap(({ topic, partitions, ...all }) => [
    ...partitions.map(({ partition, replica, told, ...one }) => [
      ...[shortName(topic), String(partition), ...figures(one)],
      ...[shortName(replica), new Date(told).toISOString()],
    ]),
    [shortName(topic), 'all', ...figures(all), '', ''],
  ])
  return tableLines(columns, rows)
}
