/**
 * The kinds of a flow column, and the typed array each one is held in from the agent to the store.
 *
 * | kind | in memory (n rows) | Arrow | ClickHouse |
 * |---|---|---|---|
 * | bool, u8 | Uint8Array[n] | Uint8 | UInt8 |
 * | u16 | Uint16Array[n] | Uint16 | UInt16 |
 * | u32 | Uint32Array[n] | Uint32 | UInt32 |
 * | u64 | BigUint64Array[n] | Uint64 | UInt64 |
 * | time | BigInt64Array[n], Unix ms | Timestamp(ms, UTC) | DateTime64(3, 'UTC') |
 * | ip | Uint8Array[16 n], network order, IPv4 as ::ffff:a.b.c.d | FixedSizeBinary(16) | IPv6 |
 * | ips | Lists: addresses as above, several a row | List(FixedSizeBinary(16)) | Array(IPv6) |
 * | string | Dictionary | Dictionary(Int32, Utf8) | LowCardinality(String) |
 */
export type ColumnKind = 'bool' | 'u8' | 'u16' | 'u32' | 'u64' | 'time' | 'ip' | 'ips' | 'string'

/** Strings of a column: `indices[row]` points into `values`. */
export interface Dictionary {
  indices: Int32Array
  values: string[]
}

/** Lists of addresses: row's are those from `offsets[row]` to `offsets[row + 1]`, in units of 16 bytes. */
export interface Lists {
  offsets: Int32Array
  bytes: Uint8Array
}

export interface ColumnArrays {
  bool: Uint8Array
  u8: Uint8Array
  u16: Uint16Array
  u32: Uint32Array
  u64: BigUint64Array
  time: BigInt64Array
  ip: Uint8Array
  ips: Lists
  string: Dictionary
}

/** Kinds whose column is one typed array. */
export type PlainKind = Exclude<ColumnKind, 'ips' | 'string'>

export type ColumnData = ColumnArrays[ColumnKind]

/** Who fills a column: the agent per row, the agent once per batch (metadata), or ingest. */
export type ColumnOrigin = 'agent' | 'batch' | 'ingest'

export interface Column<K extends ColumnKind = ColumnKind> {
  kind: K
  origin: ColumnOrigin
  /** UCUM unit, or '' for a number without one. */
  unit: string
  meaning: string
  /** ClickHouse compression codec, where the default (LZ4) is not the best. */
  codec?: string
}

/** An array of `rows` zeros (or empty strings) of the given kind. */
export function emptyColumn<K extends ColumnKind>(kind: K, rows: number): ColumnArrays[K] {
  const make: { [P in ColumnKind]: () => ColumnArrays[P] } = {
    bool: () => new Uint8Array(rows),
    u8: () => new Uint8Array(rows),
    u16: () => new Uint16Array(rows),
    u32: () => new Uint32Array(rows),
    u64: () => new BigUint64Array(rows),
    time: () => new BigInt64Array(rows),
    ip: () => new Uint8Array(rows * 16),
    ips: () => ({ offsets: new Int32Array(rows + 1), bytes: new Uint8Array(0) }),
    string: () => ({ indices: new Int32Array(rows), values: [''] }),
  }
  return make[kind]()
}
