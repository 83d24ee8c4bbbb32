import type { DemoAnswer, DemoFault } from '@headwater/contracts'
import { escapeHidden, UserError } from '@headwater/contracts/runtime'
import { ApiClient } from '../api/client.js'
import { safeJson } from '../cli/safe-text.js'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { readToken } from '../data/token.js'
import { readAddress } from './address.js'
import { demoConfig } from './config.js'

const HELP = '`headwater demo --help` lists the commands.'

function clientOf(given: Config): ApiClient {
  const config = demoConfig(given)
  const url = readAddress(config['data-dir'])
  const { token: path } = dataDirAt(config['data-dir'])
  const token = config.token ?? readToken(path)
  if (token !== undefined) return new ApiClient(url, token, HELP)
  throw new UserError('token', `There is no token in ${path}.`, 'Give the demo’s token in HEADWATER_TOKEN.')
}

/** A line for each fault, in columns. */
export function faultLines(faults: readonly DemoFault[]): string {
  const width = Math.max(...faults.map((fault) => fault.id.length))
  return faults
    .map(({ id, on, detail }) => `${id.padEnd(width)}  ${on ? 'on ' : 'off'}  ${escapeHidden(detail)}\n`)
    .join('')
}

/** `headwater demo faults`. */
export async function faultsCommand(config: Config, json: boolean): Promise<number> {
  const { faults } = await clientOf(config).get<DemoAnswer>('/api/v1/demo')
  process.stdout.write(json ? `${safeJson(faults, 2)}\n` : faultLines(faults))
  return 0
}

/** `headwater demo fault ID on|off`. */
export async function faultCommand(config: Config, id: string, on: boolean): Promise<number> {
  const { faults } = await clientOf(config).post<DemoAnswer>('/api/v1/demo/faults', { id, on })
  process.stdout.write(faultLines(faults.filter((fault) => fault.id === id)))
  return 0
}
