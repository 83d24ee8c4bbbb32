import { createHash } from 'node:crypto'

/** Deduplication token of a block of rows whose keys these are, in that order. */
export const tokenOf = (table: string, keys: readonly string[]): string =>
  `${table}:${createHash('sha256').update(JSON.stringify(keys)).digest('base64url')}`
