import { setTimeout as sleep } from 'node:timers/promises'
import type { Flow } from '@headwater/contracts'
import { UserError } from '@headwater/contracts/runtime'
import { safeJson } from '../cli/safe-text.js'
import { formatAddress } from '../config/address.js'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { readToken } from '../data/token.js'
import { registerPid, unregisterPid } from '../self/pids.js'
import { FlowsClient } from './client.js'
import { Seen } from './follow.js'
import { tableHead, tableLine } from './table.js'

const POLL_MS = 1_000
/** Most rows of one look with --follow: a machine busier than this is better served by --filter. */
const FOLLOW_LIMIT = 100_000

interface FlowsOptions {
  url?: string
  follow?: boolean
  filter?: string
  since: string
  limit: number
  self?: boolean
  output: 'table' | 'json' | 'jsonl'
}

/** Where a server that listens on every address is reached from here. */
function apiUrl({ host, port }: Config['listen']): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${formatAddress({ host: reached, port })}`
}

const print = (text: string) => process.stdout.write(`${text}\n`)
const printLine = (flow: Flow, output: FlowsOptions['output']) =>
  print(output === 'table' ? tableLine(flow) : safeJson(flow))

/** `headwater flows`. */
export async function flowsCommand(config: Config, raw: Record<string, unknown>): Promise<number> {
  const options = raw as unknown as FlowsOptions
  if (options.follow === true && options.output === 'json') {
    throw new UserError('usage', '--follow has no end, and json is one document.', 'Use -o jsonl with --follow.')
  }
  const dir = dataDirAt(config['data-dir'])
  const token = config.token ?? readToken(dir.token)
  if (token === undefined) {
    const fix = 'Give its data folder with --data-dir, or its token in HEADWATER_TOKEN.'
    throw new UserError('token', `There is no token in ${dir.token}: no Headwater has run on this data folder.`, fix)
  }
  registerPid(dir.pids, process.pid)
  const client = new FlowsClient(options.url?.replace(/\/$/, '') ?? apiUrl(config.listen), token)
  const query = { from: options.since, filter: options.filter ?? '', self: options.self === true }
  try {
    if (options.follow === true) return await follow(client, query, options.output)
    const flows = (await client.flows(query, options.limit)).reverse()
    if (options.output === 'json') print(safeJson(flows, 2))
    else {
      if (options.output === 'table') print(tableHead())
      for (const flow of flows) printLine(flow, options.output)
    }
    return 0
  } finally {
    unregisterPid(dir.pids, process.pid)
  }
}

async function follow(client: FlowsClient, query: Parameters<FlowsClient['flows']>[0], output: FlowsOptions['output']) {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const seen = new Seen()
  if (output === 'table') print(tableHead())
  try {
    for (;;) {
      const flows = await client.flows({ ...query, from: seen.from ?? query.from }, FOLLOW_LIMIT, stop.signal)
      for (const flow of seen.take(flows)) printLine(flow, output)
      await sleep(POLL_MS, undefined, { signal: stop.signal })
    }
  } catch (error) {
    if (stop.signal.aborted) return 0
    throw error
  }
}
