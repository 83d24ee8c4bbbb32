import { decodeDnsBatch, decodeFlowBatch, topics } from '@headwater/contracts'
import { escapeHidden } from '@headwater/contracts/runtime'
import { bytes } from '../flows/table.js'
import type { Letter } from './letter.js'

/** How a letter is printed as JSON: without its value, which is bytes. */
export const told = ({ value: _, time, ...letter }: Letter) => ({ ...letter, time: new Date(time).toISOString() })

const cut = (text: string, width: number) => (text.length <= width ? text : `${text.slice(0, width - 1)}\u2026`)
const widths = [22, 24, 22, 18, 10] as const
const line = (...cells: string[]) =>
  cells
    .map((cell, i) => escapeHidden(cell).padEnd(widths[i] ?? 0))
    .join('  ')
    .trimEnd()

export const listHead = (): string => line('ID', 'TIME', 'TOPIC', 'REASON', 'SIZE', 'DETAIL')
export const listLine = ({ id, time, topic, reason, bytes: size, detail }: Letter): string =>
  line(id, new Date(time).toISOString(), topic, reason, bytes(size), cut(detail, 96))

/** What can be said of the value: rows and sender of a batch, the text of JSON, else its first bytes. */
function content({ topic, value }: Letter): string[] {
  try {
    if (topic === topics.flows || topic === topics.dns) {
      const { meta, rows } = topic === topics.flows ? decodeFlowBatch(value) : decodeDnsBatch(value)
      const { instance, sequence, cluster, node, agent_version } = meta
      return [
        `rows      ${rows}`,
        `batch     ${sequence} of ${instance}`,
        `node      ${node}, cluster ${cluster}, agent ${agent_version}`,
      ]
    }
    return ['content', JSON.stringify(JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(value)), null, 2)]
  } catch {
    return [`begins    ${Buffer.from(value.subarray(0, 64)).toString('hex')}`]
  }
}

/** All of a letter, for people. */
export function whole(letter: Letter): string {
  const { id, time, topic, partition, offset, key, reason, detail, headers, value, bytes: size } = letter
  const kept = value.byteLength < size ? `, of which ${bytes(value.byteLength)} are kept: it cannot be replayed` : ''
  return escapeHidden(
    [
      `id        ${id}`,
      `put aside ${new Date(time).toISOString()}`,
      `reason    ${reason}`,
      `detail    ${detail}`,
      `was at    ${topic}, partition ${partition}, offset ${offset}`,
      `key       ${key}`,
      ...Object.entries(headers).map(([name, text]) => `header    ${name}: ${cut(text, 200)}`),
      `size      ${bytes(size)}${kept}`,
      ...content(letter),
    ].join('\n'),
    '\n',
  )
}
