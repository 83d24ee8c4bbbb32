/** One series of /metrics, or of an answer of Prometheus. */
export interface Sample {
  metric: Record<string, string>
  value: number
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Series out of Prometheus text, whose name matches. */
export function samplesOf(text: string, name: RegExp): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, series = '', labels = '', value] = LINE.exec(line) ?? []
    if (!name.test(series)) return []
    const metric = Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, text]) => [key, text]))
    return [{ metric: { __name__: series, ...metric }, value: Number(value) }]
  })
}
