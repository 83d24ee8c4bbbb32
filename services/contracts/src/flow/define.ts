import type { Column, ColumnKind, ColumnOrigin } from './column.js'

/** A column of a column table. */
export const col = <K extends ColumnKind, O extends ColumnOrigin>(
  kind: K,
  origin: O,
  unit: string,
  meaning: string,
  codec?: string,
) => ({ kind, origin, unit, meaning, ...(codec === undefined ? {} : { codec }) }) as Column<K> & { origin: O }

/** Codecs: of numbers that go up evenly, and of those that are small. */
export const TIME = 'DoubleDelta, LZ4'
export const COUNTER = 'T64, LZ4'
