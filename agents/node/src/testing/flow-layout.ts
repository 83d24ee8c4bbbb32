import { readFileSync } from 'node:fs'
import type { Field, Layout } from '@headwater/native'

const BYTES: Record<string, number> = { u8: 1, u16: 2, u32: 4, u64: 8 }
const header = (name: string): string => readFileSync(new URL(`../../../../bpf/${name}`, import.meta.url), 'utf8')

function layoutOf(list: string, ...headers: string[]): Layout {
  const text = headers.map(header).join('\n')
  const sizes = Object.fromEntries([...text.matchAll(/#define (HW_\w+_BYTES) (\d+)/g)].map((m) => [m[1], Number(m[2])]))
  sizes.HW_DNS_BYTES = Number(/#define HW_DNS_BYTES (\d+)/.exec(text)?.[1])
  const lines = new RegExp(`#define ${list}\\(X\\)([\\s\\S]*?[^\\\\])\\n\\n`).exec(text)?.[1] ?? ''
  const fields: Field[] = []
  let offset = 0
  for (const [, kind = '', name = '', bytes = ''] of lines.matchAll(/X\((\w+), (\w+), (\w+),/g)) {
    const size = BYTES[kind] ?? sizes[bytes] ?? Number(bytes)
    fields.push({ name, offset, size, kind: kind as Field['kind'] })
    offset += size
  }
  return { version: Number(/#define HW_ABI_VERSION (\d+)/.exec(text)?.[1]), stride: Math.ceil(offset / 8) * 8, fields }
}

/** The layout of the kernel's records, worked out from the field list of bpf/flow.h and not asked of the addon, which was built from it. */
export const flowLayout = (): Layout => layoutOf('HW_RECORD_FIELDS', 'flow.h')

/** The same for records of DNS messages. */
export const dnsLayout = (): Layout => layoutOf('HW_DNS_FIELDS', 'flow.h', 'dns.h')
