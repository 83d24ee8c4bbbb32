import { setTimeout as sleep } from 'node:timers/promises'
import type { Flow } from '@headwater/contracts'
import { UserError } from '@headwater/contracts/runtime'
import { withApi } from '../api/find.js'
import { safeJson } from '../cli/safe-text.js'
import type { Config } from '../config/keys.js'
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

const print = (text: string) => process.stdout.write(`${text}\n`)
const printLine = (flow: Flow, output: FlowsOptions['output']) =>
  print(output === 'table' ? tableLine(flow) : safeJson(flow))

/** `headwater flows`. */
export async function flowsCommand(config: Config, raw: Record<string, unknown>): Promise<number> {
  const options = raw as unknown as FlowsOptions
  if (options.follow === true && options.output === 'json') {
    throw new UserError('usage', '--follow has no end, and json is one document.', 'Use -o jsonl with --follow.')
  }
  const query = { from: options.since, filter: options.filter ?? '', self: options.self === true }
  return withApi(config, { url: options.url, command: 'flows' }, async (api) => {
    const client = new FlowsClient(api)
    if (options.follow === true) return follow(client, query, options.output)
    const flows = (await client.flows(query, options.limit)).reverse()
    if (options.output === 'json') print(safeJson(flows, 2))
    else {
      if (options.output === 'table') print(tableHead())
      for (const flow of flows) printLine(flow, options.output)
    }
    return 0
  })
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
