import type { Topic } from '@headwater/contracts'

/** A message that could not be stored, or those rows of one that could not. */
export interface Letter {
  /** What `show` and `replay` take: PARTITION-OFFSET of the topic of dead letters, or `t` and a hash for one in the table. */
  id: string
  /** Unix ms at which it was put aside. */
  time: number
  topic: Topic
  /** Where its message is on the bus; of the local bus the offset counts since ingest started. */
  partition: number
  offset: string
  key: string
  reason: string
  detail: string
  /** Of the message, without those that say why it is here. */
  headers: Record<string, string>
  value: Uint8Array
  /** Length of the value [By]; more than `value` has where the table has cut it. */
  bytes: number
}

export interface LetterFilter {
  /** Unix ms. */
  since: number
  reason?: string
}

/** A place where dead letters are. */
export interface LetterSource {
  /** For people: which topic or table, where. */
  readonly name: string
  /** Oldest first. @throws UserError where it cannot be read */
  letters(filter: LetterFilter): Promise<Letter[]>
}
