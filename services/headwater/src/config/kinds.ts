import { isIP } from 'node:net'
import { z } from 'zod'
import { type Address, formatAddress, parseAddress } from './address.js'
import { formatDuration, parseDuration } from './duration.js'
import { formatSize, parseSize } from './size.js'

/** A kind of value: how its text is checked and read, what it takes in words, and how it is written. */
export interface Kind<T> {
  takes: string
  schema: z.ZodType<T>
  print(value: T): string | number | boolean | string[]
}

const DAY_MS = 86_400_000

type Plain = string | number | boolean

/** What YAML makes of a scalar is taken back to text, so that a file, a variable and a flag mean the same. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform((v: Plain) => String(v))

function parsed<T>(takes: string, parse: (text: string) => T | undefined, print: Kind<T>['print']): Kind<T> {
  const schema = scalar.transform((text, context): T => {
    const value = parse(text)
    if (value !== undefined) return value
    context.addIssue(`takes ${takes}`)
    return z.NEVER
  })
  return { takes, schema: schema as unknown as z.ZodType<T>, print }
}

const within = (value: number | undefined, min: number, max: number) =>
  value !== undefined && value >= min && value <= max ? value : undefined

export const name = (): Kind<string> =>
  parsed(
    'a name of 1 to 253 characters without spaces or control characters',
    (text) => (/^[^\s\p{Cc}]{1,253}$/u.test(text) ? text : undefined),
    (v) => v,
  )

export const text = (takes: string, max = 4096): Kind<string> =>
  parsed(
    takes,
    (t) => (t.length > 0 && t.length <= max ? t : undefined),
    (v) => v,
  )

/** An absolute path, '' where it is turned off. */
export const socketPath = (): Kind<string> =>
  parsed(
    'an absolute path of a Unix socket, or nothing to turn it off',
    (t) => (t === '' || /^\/[^\p{Cc}]{1,106}$/u.test(t) ? t : undefined),
    (v) => v,
  )

export const token = (): Kind<string> =>
  parsed(
    '16 to 256 characters out of A-Z a-z 0-9 - _',
    (t) => (/^[A-Za-z0-9_-]{16,256}$/.test(t) ? t : undefined),
    (v) => v,
  )

export const oneOf = <V extends string>(...values: V[]): Kind<V> =>
  parsed(
    `one of ${values.join(', ')}`,
    (t) => values.find((v) => v === t),
    (v) => v,
  )

export const flag = (): Kind<boolean> =>
  parsed(
    'true or false',
    (t) => (t === 'true' ? true : t === 'false' ? false : undefined),
    (v) => v,
  )

/** In ms. */
export const duration = (min: string, max: string): Kind<number> =>
  parsed(
    `a duration such as 500ms, 5s, 3d, from ${min} to ${max}`,
    (t) => within(parseDuration(t), parseDuration(min) ?? 0, parseDuration(max) ?? 0),
    formatDuration,
  )

/** Whole days, in ms. */
export const days = (min: number, max: number): Kind<number> =>
  parsed(
    `a number of whole days such as 3d or 72h, from ${min}d to ${max}d`,
    (t) => {
      const ms = within(parseDuration(t), min * DAY_MS, max * DAY_MS)
      return ms !== undefined && ms % DAY_MS === 0 ? ms : undefined
    },
    formatDuration,
  )

/** In bytes. */
export const size = (min: string): Kind<number> =>
  parsed(
    `a size such as 500MiB, 10GiB or a number of bytes, from ${min} up`,
    (t) => within(parseSize(t), parseSize(min) ?? 0, Number.MAX_SAFE_INTEGER),
    formatSize,
  )

/** Share of one core, 0.03 being 3 %; 0 where there is no limit. */
export const coreShare = (): Kind<number> =>
  parsed(
    'a percentage of one core such as 3% or 0.5%, from 0.1% to 1000%, or off',
    (t) => {
      const match = /^(\d{1,4}(?:\.\d{1,3})?) ?%?$/.exec(t)
      if (t === 'off') return 0
      return match === null ? undefined : within(Number((Number(match[1]) / 100).toFixed(6)), 0.001, 10)
    },
    (v) => (v === 0 ? 'off' : `${Number((v * 100).toFixed(4))}%`),
  )

export const count = (min: number, max: number): Kind<number> =>
  parsed(
    `a whole number from ${min} to ${max}`,
    (t) => (/^\d{1,12}$/.test(t) ? within(Number(t), min, max) : undefined),
    (v) => v,
  )

export const address = (): Kind<Address> =>
  parsed('HOST:PORT, an IPv6 address in brackets, port 0 for any free one', parseAddress, formatAddress)

export const httpUrl = (): Kind<string> =>
  parsed(
    'a URL such as http://clickhouse:8123, without user and password',
    (t) => {
      const url = URL.canParse(t) ? new URL(t) : undefined
      const fits = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
      return fits ? t.replace(/\/$/, '') : undefined
    },
    (v) => v,
  )

/** A list: in a file a sequence, elsewhere with commas. */
export function listOf(item: Kind<string>, takes: string): Kind<string[]> {
  const schema = z
    .union([z.array(scalar), scalar.transform((t) => t.split(',').map((part) => part.trim()))])
    .transform((items, context) => {
      if (items.length > 0 && items.every((i) => item.schema.safeParse(i).success)) return items
      context.addIssue(`takes ${takes}`)
      return z.NEVER
    })
  return { takes, schema: schema as unknown as z.ZodType<string[]>, print: (v) => v }
}

/** An address or a range of addresses. */
export const cidr = (): Kind<string> =>
  parsed(
    'an address or a range such as 10.0.0.0/8',
    (t) => {
      const [, address = '', length] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(t) ?? []
      const most = { 4: 32, 6: 128 }[isIP(address)] ?? -1
      return Number(length ?? 0) <= most ? t : undefined
    },
    (v) => v,
  )

/** A port or a range of ports. */
export const ports = (): Kind<string> =>
  parsed(
    'a port or a range such as 8000-8100',
    (t) => {
      const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(t) ?? []
      return Number(from) >= 1 && Number(from) <= Number(to) && Number(to) <= 65535 ? t : undefined
    },
    (v) => v,
  )

export const processName = (): Kind<string> =>
  parsed(
    'a name of 1 to 64 characters',
    (t) => (/^[^,\p{Cc}]{1,64}$/u.test(t) ? t : undefined),
    (v) => v,
  )

export const hostAndPort = (): Kind<string> =>
  parsed(
    'HOST:PORT',
    (t) => {
      const a = parseAddress(t)
      return a !== undefined && a.port > 0 ? t : undefined
    },
    (v) => v,
  )

/** Without commas, since those part the paths of a list. */
export const absolutePath = (): Kind<string> =>
  parsed(
    'an absolute path',
    (t) => (/^\/[^,\p{Cc}]{0,4095}$/u.test(t) ? t : undefined),
    (v) => v,
  )

export const host = (): Kind<string> =>
  parsed(
    'a host name or an address',
    (t) => (/^[A-Za-z0-9._:[\]-]{1,255}$/.test(t) ? t : undefined),
    (v) => v,
  )
