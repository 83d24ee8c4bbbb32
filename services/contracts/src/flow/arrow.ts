import {
  Dictionary as ArrowDictionary,
  type DataType,
  Field,
  FixedSizeBinary,
  Int32,
  List,
  TimestampMillisecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'
import type { ColumnKind } from './column.js'

/** Arrow type of a column kind; `id` sets the dictionaries of one schema apart. */
export function arrowType(kind: ColumnKind, id: number): DataType {
  switch (kind) {
    case 'bool':
    case 'u8':
      return new Uint8()
    case 'u16':
      return new Uint16()
    case 'u32':
      return new Uint32()
    case 'u64':
      return new Uint64()
    case 'time':
      return new TimestampMillisecond('UTC')
    case 'ip':
      return new FixedSizeBinary(16)
    case 'ips':
      return new List(new Field('address', new FixedSizeBinary(16), false))
    case 'string':
      return new ArrowDictionary(new Utf8(), new Int32(), id)
  }
}
