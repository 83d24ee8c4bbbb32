import { MAX_BATCH_ROWS } from './bounds.js'

const [INSTANCE, SEQUENCE, ROWS] = ['headwater-instance', 'headwater-sequence', 'headwater-rows'] as const

/** Longest name of an agent instance. */
const MAX_INSTANCE = 64

/** Headers of the message that holds a batch: its name, and its rows, for whoever does not or cannot read what is in it. */
export const batchHeaders = (instance: string, sequence: number, rows: number): Record<string, string> => ({
  [INSTANCE]: instance,
  [SEQUENCE]: String(sequence),
  [ROWS]: String(rows),
})

/** What a message says of its batch without being read. */
export interface BatchLabel {
  /** By its headers, else its key; empty where neither can be one. */
  instance: string
  /** 0 where it is not told. */
  sequence: number
  /** 0 where it is not told. */
  rows: number
}

const numberOf = (text: string | undefined, most: number): number => {
  const number = /^\d{1,16}$/.test(text ?? '') ? Number(text) : 0
  return number <= most ? number : 0
}

/** Takes nothing for granted: the message may be anybody's. */
export function batchLabel({ key, headers }: { key: string; headers: Record<string, string> }): BatchLabel {
  const named = headers[INSTANCE] ?? key
  if (named.length > MAX_INSTANCE || !/^[\x21-\x7e]+$/.test(named)) return { instance: '', sequence: 0, rows: 0 }
  const sequence = headers[INSTANCE] === undefined ? 0 : numberOf(headers[SEQUENCE], Number.MAX_SAFE_INTEGER)
  return { instance: named, sequence, rows: sequence === 0 ? 0 : numberOf(headers[ROWS], MAX_BATCH_ROWS) }
}
