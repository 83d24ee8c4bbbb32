export interface FamilyInfo {
  name: string
  type: 'counter' | 'gauge' | 'histogram'
  help: string
}

/** A metric as the docs tell of it. */
export interface DescribedFamily extends FamilyInfo {
  labels: readonly string[]
}

/** One metric and its samples; a histogram's come by `histogramLines`. */
export interface Family extends FamilyInfo {
  samples: { labels: Record<string, string>; value: number }[]
}

const LABEL_MAX = 256

/**
 * A text as a label value: what is longer is cut, without half a surrogate pair at its end, so that two texts that are written alike are
 * one value.
 */
export const labelValue = (text: string): string =>
  text.length <= LABEL_MAX ? text : text.slice(0, LABEL_MAX).toWellFormed()

/** In label values of the Prometheus text format 0.0.4, backslash, quote and line feed are escaped. */
const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** `a="1",b="2"`, without the braces. */
export const labelText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, text]) => `${key}="${escaped(text)}"`)
    .join(',')

export const familyHead = ({ name, type, help }: FamilyInfo): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`

export const sampleLine = (name: string, labels: string, value: number): string =>
  labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`

/** Prometheus text format 0.0.4. */
export const metricsText = (families: readonly Family[]): string =>
  families
    .map((family) => {
      const lines = family.samples.map(({ labels, value }) => sampleLine(family.name, labelText(labels), value))
      return familyHead(family) + lines.join('')
    })
    .join('')

const HEAD = /^# (?:HELP|TYPE) (\S+)/

/**
 * Texts of several parts as one: a family that more than one of them has stands there once, as the format demands, with the samples of all.
 */
export function joinExpositions(texts: readonly string[]): string {
  const families = new Map<string, { head: string[]; samples: string[] }>()
  for (const text of texts) {
    let current = ''
    for (const line of text.split('\n')) {
      if (line === '') continue
      const named = HEAD.exec(line)?.[1]
      if (named !== undefined) current = named
      // A sample without a head is a family of its own; one of a histogram belongs to the head above it.
      else if (current === '' || !line.startsWith(current)) current = /^[^{\s]+/.exec(line)?.[0] ?? line
      const family = families.get(current) ?? { head: [], samples: [] }
      families.set(current, family)
      if (named === undefined) family.samples.push(line)
      else if (!family.head.includes(line) && family.head.length < 2) family.head.push(line)
    }
  }
  return [...families.values()].map(({ head, samples }) => `${[...head, ...samples].join('\n')}\n`).join('')
}

/** Told by each part that bounds its series. */
export const foldedFamily: FamilyInfo = {
  name: 'headwater_metrics_folded_series',
  type: 'gauge',
  help: 'Series that there is no room for (metrics.max-series), which are told together as "other"; at least so many',
}

/** What stands for all that there is no room for. */
export const OTHER = 'other'

export const DEFAULT_MAX_SERIES = 10_000
