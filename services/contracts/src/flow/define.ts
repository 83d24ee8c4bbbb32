import type { Column, ColumnKind, ColumnOrigin } from './column.js'

/** A column of a column table. */
export const col = <K extends ColumnKind, O extends ColumnOrigin>(
  kind: K,
  origin: O,
  unit: string,
  meaning: string,
  codec?: string,
) => ({ kind, origin, unit, meaning, ...(codec === undefined ? {} : { codec }) }) as Column<K> & { origin: O }

/**
 * Codecs, by what rows sorted by service have beside each other: numbers that go up evenly; numbers of a small range, as times within
 * some minutes are; and numbers of a large range that come again and again, or that are hashes, of which ZSTD makes less than LZ4.
 */
export const EVEN = 'DoubleDelta, LZ4'
export const COUNTER = 'T64, LZ4'
export const TIME = COUNTER
export const ID = 'ZSTD(1)'
