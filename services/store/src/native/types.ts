import type { ColumnKind } from '@headwater/contracts'

/** The ClickHouse type of each column kind; DDL and the Native encoder both read this. */
export const clickhouseTypes: Record<ColumnKind, string> = {
  bool: 'UInt8',
  u8: 'UInt8',
  u16: 'UInt16',
  u32: 'UInt32',
  u64: 'UInt64',
  time: "DateTime64(3, 'UTC')",
  ip: 'IPv6',
  ips: 'Array(IPv6)',
  string: 'LowCardinality(String)',
}
