import type { Addon } from '../src/addon.js'
import type { Field } from '../src/index.js'

type Described = Field & { meaning: string }

/** The record table of bpf/README.md, from the layout that was compiled from flow.h. */
export function recordTable(layout: Addon['layout']): string {
  const row = ({ name, kind, offset, size, meaning }: Described) =>
    `| \`${name}\` | ${kind === 'bytes' || kind === 'string' ? `${kind} ${size}` : kind} | ${offset} | ${meaning} |`
  return ['| field | type | at | meaning |', '|---|---|---|---|', ...(layout.fields as Described[]).map(row)].join('\n')
}

/** The counter table of bpf/README.md. */
export function counterTable(counters: Record<string, number | string>): string {
  const rows = Object.entries(counters).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
  return ['| counter | counts |', '|---|---|', ...rows].join('\n')
}

const markers = (name: string): [string, string] => [`<!-- ${name}: generated -->`, `<!-- /${name} -->`]

function place(document: string, name: string): [number, number] {
  const [begin, end] = markers(name)
  const from = document.indexOf(begin) + begin.length
  const to = document.indexOf(end)
  if (from < begin.length || to < from) throw new Error(`no markers for ${name}`)
  return [from, to]
}

/** Puts a table between the markers of that name. */
export function put(document: string, name: string, table: string): string {
  const [from, to] = place(document, name)
  return `${document.slice(0, from)}\n${table}\n${document.slice(to)}`
}

/** The table between the markers, without the padding that a formatter gives it. */
export function take(document: string, name: string): string {
  return document
    .slice(...place(document, name))
    .trim()
    .replace(/ *\| */g, '|')
    .replace(/-{3,}/g, '---')
}
