import { readFileSync } from 'node:fs'
import type { Field, Layout } from '@headwater/native'

const FLOW_H = new URL('../../../../bpf/flow.h', import.meta.url)
const BYTES: Record<string, number> = { u8: 1, u16: 2, u32: 4, u64: 8 }

/** The layout of the kernel's records, worked out from the field list of bpf/flow.h, so that unit tests need no addon. */
export function flowLayout(): Layout {
  const text = readFileSync(FLOW_H, 'utf8')
  const sizes = Object.fromEntries([...text.matchAll(/#define (HW_\w+_BYTES) (\d+)/g)].map((m) => [m[1], Number(m[2])]))
  const list = /#define HW_RECORD_FIELDS\(X\)([\s\S]*?[^\\])\n\n/.exec(text)?.[1] ?? ''
  const fields: Field[] = []
  let offset = 0
  for (const [, kind = '', name = '', bytes = ''] of list.matchAll(/X\((\w+), (\w+), (\w+),/g)) {
    const size = BYTES[kind] ?? sizes[bytes] ?? Number(bytes)
    fields.push({ name, offset, size, kind: kind as Field['kind'] })
    offset += size
  }
  return { version: 2, stride: Math.ceil(offset / 8) * 8, fields }
}
