import { NameLength, safeName } from './safe-name.js'

/** What a process is told to call itself, as OpenTelemetry has it; '' where it is told nothing. */
export interface DeclaredName {
  service: string
  namespace: string
}

export const UNDECLARED: DeclaredName = { service: '', namespace: '' }

/** Value of a variable in a block of NAME=value between NULs; the first counts, as for getenv(3). One without its NUL was cut. */
function variable(block: string, name: string): string {
  const at = block.indexOf(`\0${name}=`)
  if (at < 0) return ''
  const from = at + name.length + 2
  const end = block.indexOf('\0', from)
  return end < 0 ? '' : block.slice(from, end)
}

/**
 * `service.name` and `service.namespace` of OTEL_RESOURCE_ATTRIBUTES: `key=value` with commas between, percent-encoded. What cannot
 * be decoded makes the whole of it void, as the specification of the SDKs says, so that name and traces agree.
 */
function attributes(text: string): DeclaredName {
  const found = { ...UNDECLARED }
  if (text === '') return found
  try {
    for (const part of text.split(',')) {
      const at = part.indexOf('=')
      if (at < 0) continue
      const key = part.slice(0, at).trim()
      const value = decodeURIComponent(part.slice(at + 1).trim())
      if (key === 'service.name') found.service = value
      else if (key === 'service.namespace') found.namespace = value
    }
  } catch {
    return UNDECLARED
  }
  return found
}

/** The names in the text of /proc/PID/environ (proc(5)): OTEL_SERVICE_NAME goes before `service.name`. */
export function declaredIn(environ: string): DeclaredName {
  if (!environ.includes('OTEL_')) return UNDECLARED
  const block = `\0${environ}`
  const { service, namespace } = attributes(variable(block, 'OTEL_RESOURCE_ATTRIBUTES'))
  const name = (text: string) => safeName(text.trim(), NameLength.service)
  return { service: name(variable(block, 'OTEL_SERVICE_NAME')) || name(service), namespace: name(namespace) }
}
