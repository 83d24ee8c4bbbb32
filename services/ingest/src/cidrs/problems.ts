import type { z } from 'zod'
import type { Cidr } from './cidr.js'
import type { CidrFile, NatGateway, Range } from './schema.js'

const keysOf: Record<string, string> = {
  '': 'ranges, nat_gateways',
  ranges: 'cidr, class, name, zone, region, cluster, realm',
  nat_gateways: 'name, addresses, clients, except, zone, region, cluster, realm',
}

const short = (text: string): string => (text.length > 160 ? `${text.slice(0, 157)}...` : text)

/** Aliases of YAML can make an entry that holds itself. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

/** `ranges[3] {"cidr":"x"}`: which entry, and what it says. */
function entryAt(file: unknown, list: PropertyKey, index: PropertyKey): string {
  const entry = (file as Record<PropertyKey, Record<PropertyKey, unknown>>)[list]?.[index]
  return `${String(list)}[${String(index)}] ${short(json(entry))}`.trim()
}

/** Each issue of the schema as a line: which entry, what is wrong, what is allowed. */
export function schemaProblems(file: unknown, issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.map(({ path, code, message, ...issue }) => {
    const [list, index, ...field] = path
    const where = index === undefined ? String(list ?? '') : entryAt(file, list as PropertyKey, index)
    const at = [where, field.map(String).join('.')].filter((part) => part !== '').join(': ')
    const say = (text: string) => (at === '' ? text : `${at}: ${text}`)
    if (code === 'unrecognized_keys') {
      const keys = (issue as unknown as { keys: string[] }).keys.map((k) => JSON.stringify(k)).join(', ')
      return say(`unknown key ${keys}; it takes ${keysOf[String(list ?? '')]}`)
    }
    if (path.length === 0 || (index !== undefined && field.length === 0))
      return say(`takes keys and values: ${keysOf[String(list ?? '')]}`)
    return say(message)
  })
}

interface Claim {
  where: string
  what: string
}

const place = ({ name, zone, region, cluster }: Range | NatGateway) => ({ name, zone, region, cluster })

/** What says something else of a range of addresses than an entry before it, in the same realm. */
class Claims {
  readonly #known = new Map<string, Claim>()
  readonly problems: string[] = []

  add(kind: string, cidr: Cidr, realm: string | undefined, claim: Claim): void {
    const key = JSON.stringify([kind, cidr.text, realm ?? null])
    const known = this.#known.get(key)
    if (known === undefined) this.#known.set(key, claim)
    else if (known.what !== claim.what)
      this.problems.push(
        `${claim.where}: ${cidr.text} is in ${known.where} too, with other values; one range takes one entry a realm`,
      )
  }
}

/** Ranges that two entries claim for different things. */
export function conflicts(file: unknown, { ranges, nat_gateways }: CidrFile): string[] {
  const claims = new Claims()
  for (const [i, range] of ranges.entries()) {
    const what = JSON.stringify({ ...place(range), class: range.class })
    claims.add('address', range.cidr, range.realm, { where: entryAt(file, 'ranges', i), what })
  }
  for (const [i, gateway] of nat_gateways.entries()) {
    const where = entryAt(file, 'nat_gateways', i)
    const what = JSON.stringify({ ...place(gateway), class: 'nat' })
    for (const cidr of gateway.addresses) claims.add('address', cidr, gateway.realm, { where, what })
    for (const cidr of gateway.clients) claims.add('client', cidr, gateway.realm, { where, what: `${i}` })
  }
  return claims.problems
}
