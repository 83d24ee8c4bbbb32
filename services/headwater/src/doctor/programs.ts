import type { Capability } from '@headwater/contracts'
import { agentError } from '../roles/agent/errors.js'
import { type Check, fail, ok, warn } from './check.js'

const toCheck = ({ name, ok: works, required, reason, lost, fix }: Capability): Check => {
  const label = `program ${name}`
  if (works) return ok(label, 'works')
  const detail = `${reason}${lost === '' ? '' : `; without it: ${lost}`}`
  return required ? fail(label, detail, fix) : warn(label, detail, fix)
}

/** Loads and attaches each kernel program, and lets go of it again. */
export async function checkPrograms(privileged: boolean): Promise<Check[]> {
  try {
    const { checkCapabilities } = await import('@headwater/native')
    if (!privileged) return [warn('programs', 'not tried: this user may not load them', 'Run this with sudo.')]
    return (await checkCapabilities()).map(toCheck)
  } catch (error) {
    const { message, fix } = agentError(error)
    return [fail('programs', message, fix)]
  }
}
