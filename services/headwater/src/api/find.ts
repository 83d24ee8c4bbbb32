import { UserError } from '@headwater/contracts/runtime'
import { formatAddress } from '../config/address.js'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { readToken } from '../data/token.js'
import { registerPid, unregisterPid } from '../self/pids.js'
import { ApiClient } from './client.js'

/** Where a server that listens on every address is reached from here. */
function apiUrl({ host, port }: Config['listen']): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${formatAddress({ host: reached, port })}`
}

/**
 * Asks the API that a command's `--url` or the configuration names, with the configured token or the data folder's. The agent of that
 * folder marks its connections as Headwater's own.
 * @param command whose --help lists its flags
 * @throws UserError `token` where there is none
 */
export async function withApi<T>(
  config: Config,
  { url, command }: { url: string | undefined; command: string },
  ask: (api: ApiClient) => Promise<T>,
): Promise<T> {
  const dir = dataDirAt(config['data-dir'])
  const token = config.token ?? readToken(dir.token)
  if (token === undefined) {
    const fix = 'Give its data folder with --data-dir, or its token in HEADWATER_TOKEN.'
    throw new UserError('token', `There is no token in ${dir.token}: no Headwater has run on this data folder.`, fix)
  }
  const help = `\`headwater ${command} --help\` lists the flags.`
  registerPid(dir.pids, process.pid)
  try {
    return await ask(new ApiClient(url?.replace(/\/$/, '') ?? apiUrl(config.listen), token, help))
  } finally {
    unregisterPid(dir.pids, process.pid)
  }
}
