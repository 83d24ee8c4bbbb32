import { RecordBatch } from '@headwater/native'
import { dnsLayout } from './flow-layout.js'

const layout = dnsLayout()
export const SECOND = 1_000_000_000n

/** A DNS message with what the kernel says of it. */
export interface Message {
  bytes: number[]
  answer?: boolean
  at?: bigint
  cookie?: number
  pid?: number
}

const at = (name: string) => layout.fields.find((field) => field.name === name)!.offset

/** Records as the kernel would write them. */
export function dnsRecords(messages: readonly Message[]): RecordBatch {
  const buffer = new ArrayBuffer(messages.length * layout.stride)
  for (const [i, { bytes, answer = false, at: time = SECOND, cookie = 7, pid = 42 }] of messages.entries()) {
    const view = new DataView(buffer, i * layout.stride, layout.stride)
    view.setBigUint64(at('cookie'), BigInt(cookie), true)
    view.setBigUint64(at('time_ns'), time, true)
    view.setUint32(at('captured'), bytes.length, true)
    view.setUint32(at('pid'), pid, true)
    view.setUint16(at('remote_port'), 53, true)
    view.setUint8(at('answer'), answer ? 1 : 0)
    view.setUint8(at('kind'), 1)
    new Uint8Array(buffer, i * layout.stride).set(bytes, at('message'))
    new Uint8Array(buffer, i * layout.stride).set(Buffer.from('dig'), at('exe'))
  }
  return new RecordBatch(layout, buffer, messages.length)
}

const nameOf = (text: string) => [...text.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]), 0]
/** A query for an A record. */
export const question = (id: number, name: string) => [
  id >> 8,
  id & 255,
  1,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  ...nameOf(name),
  0,
  1,
  0,
  1,
]
/** The answer to it, with one address. */
export const answer = (id: number, name: string) => {
  const bytes = question(id, name)
  bytes.splice(2, 2, 0x81, 0x80)
  bytes[7] = 1
  return [...bytes, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]
}
