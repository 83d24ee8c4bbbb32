import type { AccountsAnswer, LagAnswer } from '@headwater/contracts'
import type { ApiClient } from '../api/client.js'
import { withApi } from '../api/find.js'
import { safeJson } from '../cli/safe-text.js'
import type { Config } from '../config/keys.js'
import { lagLines } from './lag-table.js'
import { accountLines, reasonLines, type Topic } from './table.js'

export interface AccountsOptions {
  url?: string
  /** As the API takes times: `now-1h`. Either this or `from`. */
  since: string
  from?: string
  to?: string
  step?: string
  filter?: string
  dns?: boolean
  lag?: boolean
  json?: boolean
}

/** One step of all ranges: where steps are not shown, the answer need not have them. */
const ONE_STEP = '999999h'

const print = (lines: readonly string[]) => process.stdout.write(lines.map((line) => `${line}\n`).join(''))
const say = (text: string) => process.stderr.write(`${text}\n`)

/** `headwater accounts`. Its JSON is that of the API. */
export async function accountsCommand(config: Config, raw: Record<string, unknown>): Promise<number> {
  const options = raw as unknown as AccountsOptions
  await withApi(config, { url: options.url, command: 'accounts' }, options.lag === true ? lagOf(options) : of(options))
  return 0
}

const get = <T>(api: ApiClient, path: string, given: Record<string, string | undefined>): Promise<T> => {
  const parameters = Object.entries(given).filter((p): p is [string, string] => p[1] !== undefined)
  return api.get<T>(`/api/v1/${path}?${new URLSearchParams(parameters)}`)
}
const rangeOf = ({ since, from, to }: AccountsOptions) => ({ from: from ?? since, to })

const of = (options: AccountsOptions) => async (api: ApiClient) => {
  const { step, filter, json, dns } = options
  const asked = { ...rangeOf(options), filter, step: step ?? (json === true ? undefined : ONE_STEP) }
  const answer = await get<AccountsAnswer>(api, 'accounts', asked)
  if (json === true) return print([safeJson(answer, 2)])
  const topic: Topic = dns === true ? 'dns' : 'flows'
  print(accountLines(answer, topic, step !== undefined))
  const reasons = reasonLines(answer[topic])
  if (reasons.length > 0) print(['', ...reasons])
  if (answer.instances.length === 0) say('no agent has told of anything in this range')
}

const lagOf = (options: AccountsOptions) => async (api: ApiClient) => {
  const answer = await get<LagAnswer>(api, 'lag', rangeOf(options))
  if (options.json === true) return print([safeJson(answer, 2)])
  print(lagLines(answer))
  if (answer.topics.length === 0) say('no ingest has told of its partitions in this range')
}
