import { type Field, type Layout, RecordBatch, type Records } from '@headwater/native'
import { parseAddress } from '../endpoints/address.js'
import { flowLayout } from './flow-layout.js'

/** Fields of one record; what is not named is zero. Addresses as text. */
export type RecordFields = Record<string, number | bigint | string>

const layout = flowLayout()

const fieldOf = ({ fields }: Layout, name: string): Field => {
  const found = fields.find((f) => f.name === name)
  if (found === undefined) throw new Error(`no field ${name} in the layout`)
  return found
}

/** Records as the kernel would write them. */
export function syntheticRecords(records: readonly RecordFields[]): Records {
  const buffer = new ArrayBuffer(records.length * layout.stride)
  records.forEach((fields, i) => {
    for (const [name, value] of Object.entries(fields)) write(buffer, i * layout.stride, fieldOf(layout, name), value)
  })
  return new RecordBatch(layout, buffer, records.length)
}

function write(buffer: ArrayBuffer, base: number, f: Field, value: number | bigint | string): void {
  const view = new DataView(buffer, base + f.offset, f.size)
  const bytes = new Uint8Array(buffer, base + f.offset, f.size)
  if (f.kind === 'u8') view.setUint8(0, Number(value))
  else if (f.kind === 'u16') view.setUint16(0, Number(value), true)
  else if (f.kind === 'u32') view.setUint32(0, Number(value), true)
  else if (f.kind === 'u64') view.setBigUint64(0, BigInt(value), true)
  else if (f.kind === 'string') bytes.set(Buffer.from(String(value)).subarray(0, f.size))
  else bytes.set(new Uint8Array(Uint32Array.from(parseAddress(String(value)) ?? []).buffer))
}
