import { escapeHidden } from '@headwater/contracts/runtime'
import { safeJson } from '../cli/safe-text.js'
import type { Config } from '../config/keys.js'
import { createLogger } from '../log/logger.js'
import { hasAgentPrivilege } from '../privileges/capabilities.js'
import type { Check } from './check.js'
import { checkDataDir, checkDisk } from './disk.js'
import { checkKafka } from './kafka.js'
import { checkNamespaces } from './namespaces.js'
import { checkPrograms } from './programs.js'
import { checkStore } from './store.js'
import { checkBtf, checkClock, checkKernel, checkNode, checkPrivilege } from './system.js'

const MARKS = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' }

const clean = (text: string) => escapeHidden(text.replace(/\s+/g, ' '))

function print(check: Check): void {
  process.stdout.write(`${MARKS[check.state]}  ${check.name.padEnd(28)}  ${clean(check.detail)}\n`)
  if (check.fix !== '') process.stdout.write(`${' '.repeat(36)}-> ${clean(check.fix)}\n`)
}

/** `headwater doctor`: what works here. Exit code 1 where something that is needed fails. */
export async function doctorCommand(config: Config, { json }: { json?: boolean }): Promise<number> {
  const logger = createLogger({ level: 'error', format: config['log.format'] })
  const checks: Check[] = []
  const take = (found: readonly Check[]) => {
    checks.push(...found)
    if (json !== true) found.forEach(print)
  }
  take([checkNode(), checkKernel()])
  if (process.platform === 'linux') {
    take([checkBtf(), checkPrivilege()])
    take(await checkPrograms(hasAgentPrivilege()))
    take(await checkNamespaces(config))
  }
  take([checkDataDir(config), checkDisk(config)])
  take([await checkStore(config, logger)])
  take(await checkKafka(config, logger))
  if (process.platform === 'linux') take([await checkClock()])
  const failed = checks.some((check) => check.state === 'fail')
  if (json === true) process.stdout.write(`${safeJson({ ok: !failed, checks }, 2)}\n`)
  return failed ? 1 : 0
}
