import type { DeliveredMessage } from '@headwater/contracts'
import type { DeadLetters } from '../dead-letters/dead-letters.js'
import type { Metrics } from '../metrics/metrics.js'

/** The part of a zod schema that is used here. */
interface Schema {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: unknown }
    | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } }
}

type Checked = { value: unknown } | { reason: 'not-json' | 'bad-field' | 'from-the-future'; detail: string }

function check(schema: Schema, bytes: Uint8Array): Checked {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    return { reason: 'not-json', detail: (error as Error).message }
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { value: parsed.data }
  const [issue] = parsed.error.issues
  return { reason: 'bad-field', detail: `${issue?.path.join('.')}: ${issue?.message}` }
}

interface Checks<T> {
  schema: Schema
  metrics: Metrics
  deadLetters: DeadLetters
  /** What is ahead of the clock in it, in words; undefined where nothing is, or where that is no reason to put it aside. */
  ahead?(value: T): string | undefined
}

/**
 * The object in a message, or undefined where there is none: a tombstone of a compacted topic, or a message that is broken or from
 * the future, which is put aside.
 */
export async function readJson<T>(message: DeliveredMessage, checks: Checks<T>): Promise<T | undefined> {
  const { topic, value, broadcast } = message
  const { schema, metrics, deadLetters } = checks
  if (value.byteLength === 0) {
    if (broadcast !== true) metrics.messagesDropped.inc({ topic, reason: 'empty' })
    return undefined
  }
  let checked = check(schema, value)
  if ('value' in checked) {
    const detail = checks.ahead?.(checked.value as T)
    if (detail === undefined) return checked.value as T
    checked = { reason: 'from-the-future', detail }
  }
  if (broadcast !== true) {
    await deadLetters.put({ message, ...checked })
    metrics.messagesDropped.inc({ topic, reason: checked.reason })
  }
  return undefined
}
