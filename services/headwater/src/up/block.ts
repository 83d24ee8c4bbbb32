import type { Parts } from './status.js'

export interface Summary {
  url: string
  token: string
  dataDir: string
  /** Whom the unprivileged parts run as, in words. */
  runsAs: string
  bus: string
  parts: Parts
  /** Further lines. */
  notes: readonly string[]
}

/** What `up` prints on stdout when it is ready: the one block a user reads. */
export function summaryBlock({ url, token, dataDir, runsAs, bus, parts, notes }: Summary): string {
  const { agent, store, hints } = parts
  const lines = [
    '',
    `  Headwater is ready:  ${url}/#token=${token}`,
    '',
    `  data    ${dataDir}`,
    `  store   ${store.message}`,
    `  bus     ${bus}`,
    `  agent   ${agent.state}${agent.message === '' ? '' : `: ${agent.message}`}`,
    `  user    ${runsAs}`,
  ]
  for (const { title, detail, command } of hints) {
    lines.push('', `  ${title}. ${detail}`)
    if (command !== null) lines.push('', `    ${command}`)
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => `  ${note}`))
  lines.push('', '  Ctrl-C stops it.', '')
  return lines.join('\n')
}
