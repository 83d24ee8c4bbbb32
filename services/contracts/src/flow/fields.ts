import type { ColumnKind } from './column.js'
import type { Table } from './encode.js'
import type { FlatTables } from './flat-table.js'
import type { Field } from './stream.js'
import { isText, type Texts } from './texts.js'

/** Of Schema.fbs: number of a type, and of the millisecond among units of time. */
const [INT, UTF8, TIMESTAMP, LIST, FIXED_SIZE_BINARY] = [2, 5, 10, 12, 15]
const MILLISECOND = 1

const unsigned: Record<number, ColumnKind> = { 8: 'u8', 16: 'u16', 32: 'u32', 64: 'u64' }

/** Whether a dictionary's indices are of 32 bits, signed, as they are where nothing is said. */
function isInt32(flat: FlatTables, dictionary: number): boolean {
  const int = flat.inField(dictionary, 1)
  return int === 0 || (flat.int(int, 0) === 32 && flat.byte(int, 1) === 1)
}

/** The one child of a list. */
function item(flat: FlatTables, field: number): ColumnKind | undefined {
  const children = flat.inField(field, 5)
  if (children === 0 || flat.length(children) !== 1) return undefined
  const child = flat.ahead(children + 4)
  return flat.field(child, 4) === 0 ? kindOf(flat, child) : undefined
}

/** Kind of a column by its Arrow type (arrow.ts); undefined of a type that none has. */
function kindOf(flat: FlatTables, field: number): ColumnKind | undefined {
  const [type, about, dictionary] = [flat.byte(field, 2), flat.inField(field, 3), flat.inField(field, 4)]
  if (about === 0 || !flat.isEmpty(field, 6) || (type !== LIST && !flat.isEmpty(field, 5))) return undefined
  if (dictionary !== 0) return type === UTF8 && isInt32(flat, dictionary) ? 'string' : undefined
  if (type === INT) return flat.byte(about, 1) === 0 ? unsigned[flat.int(about, 0)] : undefined
  if (type === FIXED_SIZE_BINARY) return flat.int(about, 0) === 16 ? 'ip' : undefined
  if (type === LIST) return item(flat, field) === 'ip' ? 'ips' : undefined
  if (type !== TIMESTAMP || flat.short(about, 0) !== MILLISECOND) return undefined
  const zone = flat.inField(about, 1)
  if (zone === 0) return undefined
  const text = flat.bytes(zone)
  return isText('UTC', text, 0, text.length) ? 'time' : undefined
}

/** Numbers of the names, made once for each list of them. */
const known = new WeakMap<readonly string[], Map<string, number>>()

function numbersOf(names: readonly string[]): Map<string, number> {
  let numbers = known.get(names)
  if (numbers === undefined) {
    numbers = new Map(names.map((name, i) => [name, i]))
    known.set(names, numbers)
  }
  return numbers
}

/**
 * The fields of a schema, in their order.
 * @param unknown names of those that the table does not have are added
 * @returns undefined where one is of another type than the table has, or is there twice
 */
export function fieldsOf<N extends string>(
  flat: FlatTables,
  schema: number,
  table: Table<N>,
  names: readonly N[],
  texts: Texts,
  unknown: string[],
): Field[] | undefined {
  const all = flat.inField(schema, 1)
  if (all === 0) return undefined
  const length = flat.length(all)
  const fields: Field[] = []
  const seen = new Set<string>()
  for (let i = 0; i < length; i++) {
    const field = flat.ahead(all + 4 + 4 * i)
    const kind = kindOf(flat, field)
    const at = flat.inField(field, 0)
    if (kind === undefined || at === 0) return undefined
    const bytes = flat.bytes(at)
    // They mostly come in the order of the table.
    const next = names[i]
    const text = next !== undefined && isText(next, bytes, 0, bytes.length) ? next : texts.read(bytes, 0, bytes.length)
    if (seen.has(text)) return undefined
    seen.add(text)
    const number = numbersOf(names).get(text)
    const name = number === undefined ? undefined : names[number]
    if (name === undefined) unknown.push(text)
    else if (!isSame(kind, table[name].kind)) return undefined
    const dictionary = flat.inField(field, 4)
    const id = dictionary === 0 ? -1 : flat.long(dictionary, 0)
    if (dictionary !== 0 && id < 0) return undefined
    fields.push({ name, kind: name === undefined ? kind : table[name].kind, dictionary: id })
  }
  return fields
}

const isSame = (kind: ColumnKind, wanted: ColumnKind): boolean => (wanted === 'bool' ? 'u8' : wanted) === kind
