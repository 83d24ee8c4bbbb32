import { encodeDnsBatch, encodeFlowBatch, type FlowBatch } from '@headwater/contracts'
import { buildDnsBatch, buildFlowBatch, type FlowSpec, numbersFrom } from '@headwater/ingest/testing'
import { Bool, Field, Int64, Schema, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow'

type Next = (below: number) => number
type Mutation = (sound: Uint8Array, next: Next) => Uint8Array

const text = new TextEncoder()
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
/** Lengths and places that readers fall for: 2 GB and beyond, below 0, and just off. */
const TELLING = [0, 1, 3, 7, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff8, 0x4000_0000, 0x0100_0000]

const bitFlips: Mutation = (sound, next) => {
  const copy = sound.slice()
  for (let n = 1 + next(4); n > 0; n--) {
    const at = next(copy.length)
    copy[at] = (copy[at] as number) ^ (1 << next(8))
  }
  return copy
}
const cut: Mutation = (sound, next) => sound.slice(0, next(sound.length))
const pieceTwice: Mutation = (sound, next) => {
  const from = next(sound.length)
  return joined(sound.subarray(0, from + next(sound.length - from)), sound.subarray(from))
}
const pieceLost: Mutation = (sound, next) => {
  const from = next(sound.length)
  return joined(sound.subarray(0, from), sound.subarray(from + 1 + next(64)))
}
const length32: Mutation = (sound, next) => {
  const copy = sound.slice()
  const view = new DataView(copy.buffer)
  for (let n = 1 + next(2); n > 0; n--)
    view.setUint32(next(copy.length >> 2) * 4, TELLING[next(TELLING.length)] as number, true)
  return copy
}
const length64: Mutation = (sound, next) => {
  const copy = sound.slice()
  const value = [2n ** 31n, 2n ** 40n, 2n ** 62n, 2n ** 64n - 1n][next(4)] as bigint
  new DataView(copy.buffer).setBigUint64(next(copy.length >> 3) * 8, value, true)
  return copy
}
const noise: Mutation = (_, next) => Uint8Array.from({ length: next(2000) }, () => next(256))
const longer: Mutation = (sound, next) => joined(sound, noise(sound, next))
const twice: Mutation = (sound) => joined(sound, sound)
const otherText: Mutation = (_, next) =>
  text.encode(['', '{}', 'null', '[1,2,3]', '\u0000'.repeat(64), 'ARROW1\0\0'][next(6)] as string)

/** A sound batch that says something else of itself; writers do not check it. */
const saying = (next: Next, change: (meta: Record<string, unknown>) => object): Uint8Array => {
  const batch = soundBatch('mutant', next(2 ** 31), next)
  return encodeFlowBatch({ ...batch, meta: change({ ...batch.meta }) as FlowBatch['meta'] })
}
const ODD: unknown[] = [-1, 1e308, 1.5, null, '', 'x'.repeat(100_000), '\u0000\u001b[2J\n', [], {}, true, 2 ** 53]
const meta: Mutation = (_, next) =>
  saying(next, (found) => {
    const names = Object.keys(found)
    return { ...found, [names[next(names.length)] as string]: ODD[next(ODD.length)] }
  })
const metaLost: Mutation = (_, next) =>
  saying(next, (found) => Object.fromEntries(Object.entries(found).slice(next(9))))

/** A table of another kind altogether, or with a column of another type. */
const otherSchema: Mutation = (_, next) => {
  const columns = {
    time: vectorFromArray([1n, 2n], new Int64()),
    tx_bytes: vectorFromArray(['many', null], new Utf8()),
    local_ip: vectorFromArray([true, false], new Bool()),
  }
  const names = Object.keys(columns) as (keyof typeof columns)[]
  const table = new Table(Object.fromEntries(names.slice(0, 1 + next(3)).map((name) => [name, columns[name]])))
  table.schema.metadata.set('headwater', '{}')
  return tableToIPC(table, 'stream')
}
const noColumns: Mutation = () => tableToIPC(new Table(new Schema([new Field('x', new Utf8(), true)])), 'stream')
const questions: Mutation = (_, next) =>
  encodeDnsBatch(
    buildDnsBatch({ instance: 'asks', sequence: next(1000), node: 'n', cluster: 'fuzz' }, [
      { time: Date.now(), query_name: 'x', count: 1 },
    ]),
  )

/** Dictionaries that are large, or of one huge text, or that rows point beside. */
const bomb: Mutation = (_, next) => {
  const batch = soundBatch('bomb', next(2 ** 31), next)
  const values = [
    () => Array.from({ length: 200_000 }, () => ''),
    () => ['y'.repeat(3_000_000)],
    () => Array.from({ length: 50_000 }, (_, i) => `process-${i}`),
    () => ['one'],
  ][next(4)]?.() as string[]
  const indices = Int32Array.from({ length: batch.rows }, () => [0, values.length, -1, 2 ** 31 - 1][next(4)] as number)
  return encodeFlowBatch({ ...batch, columns: { ...batch.columns, process: { indices, values } } })
}

const USUAL = [bitFlips, bitFlips, bitFlips, cut, cut, pieceTwice, pieceLost, length32, length32, length32, length64]
const ODD_ONES = [noise, longer, twice, otherText, meta, meta, metaLost, otherSchema, noColumns, questions]

/** A batch of a few rows as an agent sends it. */
export function soundBatch(instance: string, sequence: number, next: Next): FlowBatch {
  const time = Date.now() - 5000
  const flows = Array.from({ length: 1 + next(6) }, (_, i): FlowSpec => {
    const ports = { local_port: 40_000 + next(20_000), remote_port: 443 }
    return { time, local: '10.77.0.1', remote: `10.77.1.${i + 1}`, ...ports, process: 'curl', tx_bytes: next(100_000) }
  })
  return buildFlowBatch({ instance, sequence, node: 'fuzzed', cluster: 'fuzz', realm: 'fuzz' }, flows)
}

/** Messages made by a seed: hardly any of them is sound. */
export function* mutants(seed: number, count: number): Generator<Uint8Array> {
  const next = numbersFrom(seed)
  for (let n = 0; n < count; n++) {
    // A bomb costs thousands of times what another does to make and to carry.
    if (n % 500 === 499) {
      yield bomb(new Uint8Array(0), next)
      continue
    }
    const sound = encodeFlowBatch(soundBatch('mutant', n + 1, next))
    const kinds = next(3) === 0 ? ODD_ONES : USUAL
    yield (kinds[next(kinds.length)] as Mutation)(sound, next)
  }
}
