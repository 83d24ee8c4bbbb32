import { familyHead, labelText, sampleLine } from '@headwater/contracts/metrics'
import type { CountedFamily, edgeFamilies, serviceFamilies } from './families.js'
import type { EdgeSums, ServiceSums } from './sums.js'

const directions = ['client_to_server', 'server_to_client'] as const

type Lines<S> = (family: CountedFamily, sums: S) => string

const directed = (name: string, labels: string, words: readonly string[], values: readonly number[]): string =>
  words.map((word, i) => sampleLine(name, `${labels},direction="${word}"`, values[i] as number)).join('')

function reasons(name: string, labels: string, counts: ReadonlyMap<string, number>): string {
  let text = ''
  for (const [reason, n] of counts) text += sampleLine(name, `${labels},${labelText({ reason })}`, n)
  return text
}

const edge: Record<keyof typeof edgeFamilies, Lines<EdgeSums>> = {
  bytes: ({ name }, { counted, labels, bytes }) => (counted ? directed(name, labels, directions, bytes) : ''),
  connections: ({ name }, sums) => (sums.counted ? sampleLine(name, sums.labels, sums.connections) : ''),
  failures: ({ name }, sums) => reasons(name, sums.labels, sums.failures),
  segments: ({ name }, { labels, segments }) => directed(name, labels, directions, segments),
  retransmits: ({ name }, { labels, retransmits }) => directed(name, labels, directions, retransmits),
  rtt: ({ name }, { labels, rtt }) => (rtt.isEmpty ? '' : rtt.lines(name, labels)),
  connect: ({ name }, { labels, connect }) => (connect.isEmpty ? '' : connect.lines(name, labels)),
}

const roles = ['client', 'server'] as const

const service: Record<keyof typeof serviceFamilies, Lines<ServiceSums>> = {
  bytes: ({ name }, { labels, bytes }) => directed(name, labels, ['sent', 'received'], bytes),
  connections: ({ name }, { labels, connections }) =>
    roles.map((role, i) => sampleLine(name, `${labels},role="${role}"`, connections[i] as number)).join(''),
  failures: ({ name }, { labels, failures }) =>
    roles.map((role, i) => reasons(name, `${labels},role="${role}"`, failures[i] as Map<string, number>)).join(''),
  segments: ({ name }, { labels, segments }) => sampleLine(name, labels, segments),
  retransmits: ({ name }, { labels, retransmits }) => sampleLine(name, labels, retransmits),
}

function text<S, K extends string>(
  families: Record<K, CountedFamily>,
  lines: Record<K, Lines<S>>,
  all: readonly S[],
): string {
  let out = ''
  for (const key of Object.keys(families) as K[]) {
    out += familyHead(families[key])
    for (const sums of all) out += lines[key](families[key], sums)
  }
  return out
}

export const edgeLines = (families: typeof edgeFamilies, all: readonly EdgeSums[]): string => text(families, edge, all)
export const serviceLines = (families: typeof serviceFamilies, all: readonly ServiceSums[]): string =>
  text(families, service, all)
