import { readFileSync } from 'node:fs'
import { UserError } from '@headwater/contracts/runtime'
import { parse as parseYaml } from 'yaml'
import { conflicts, schemaProblems } from './problems.js'
import { cidrFileSchema } from './schema.js'
import { CidrTable } from './table.js'

const MAX_BYTES = 32 * 2 ** 20
/** Problems that are told at once. */
const MAX_PROBLEMS = 20

const FIX = 'docs/addresses.md describes the file; mend it, or leave cidrs (HEADWATER_CIDRS) out.'

const failed = (path: string, what: string, options?: { cause: unknown }): UserError =>
  new UserError('config', `cidrs: ${path}: ${what}`, FIX, options)

/** The content of a file of address ranges. `path` is for the messages. @throws UserError `config` that names each wrong entry */
export function parseCidrs(text: string, path: string): CidrTable {
  let content: unknown
  try {
    content = parseYaml(text) ?? {}
  } catch (cause) {
    throw failed(path, (cause as Error).message.trim(), { cause })
  }
  const parsed = cidrFileSchema.safeParse(content)
  const problems = parsed.success ? conflicts(content, parsed.data) : schemaProblems(content, parsed.error.issues)
  if (parsed.success && problems.length === 0) return new CidrTable(parsed.data)
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : []
  throw failed(path, [...problems.slice(0, MAX_PROBLEMS), ...more].join(`\ncidrs: ${path}: `))
}

/** Reads a file of address ranges. @throws UserError `config` where it cannot be read or is wrong */
export function readCidrs(path: string): CidrTable {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw failed(path, `cannot be read: ${(cause as Error).message}`, { cause })
  }
  if (bytes.byteLength > MAX_BYTES) throw failed(path, `is larger than ${MAX_BYTES} bytes`)
  return parseCidrs(bytes.toString('utf8'), path)
}
