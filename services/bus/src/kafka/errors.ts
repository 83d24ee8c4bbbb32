import { BusError } from '@headwater/contracts/bus'

interface KafkaErrorLike {
  name?: string
  type?: string
  code?: unknown
  message?: string
  cause?: unknown
  errors?: unknown[]
  topic?: string
}

/** An error and what lies behind it, outermost first. kafkajs nests by `cause` and, in aggregates, by `errors`. */
function chain(error: unknown, depth = 0): KafkaErrorLike[] {
  if (typeof error !== 'object' || error === null || depth > 8) return []
  const like = error as KafkaErrorLike
  return [like, ...chain(like.cause, depth + 1), ...(like.errors ?? []).flatMap((e) => chain(e, depth + 1))]
}

const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
/** Also what a broker answers that has not learnt of a new topic yet, or has just started. */
const noTopic = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID'])
const invalid = new Set(['INVALID_TOPIC_EXCEPTION'])
const denied = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
])

/** node:tls names a certificate it refuses by these, and a peer that speaks no TLS by EPROTO. */
const certificate = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|EPROTO|ERR_SSL/

/** A kafkajs error as one of the bus: its code decides whether to try again. */
export function busErrorOf(error: unknown, doing: string): BusError {
  if (error instanceof BusError) return error
  const all = chain(error)
  const types = all.map((e) => e.type ?? '')
  const why = all.at(-1)?.message ?? String(error)
  const make = (code: BusError['code'], message: string) => new BusError(code, message, { cause: error })
  if (types.some((t) => tooLarge.has(t)))
    return make(
      'too-large',
      `${doing}: the broker refuses a message of this size; raise max.message.bytes of the topic`,
    )
  if (types.some((t) => denied.has(t)) || all.some((e) => e.name === 'KafkaJSSASLAuthenticationError'))
    return make('unauthorized', `${doing}: ${why}; check kafka.sasl and the broker's ACLs for this user`)
  if (types.some((t) => noTopic.has(t)))
    return make('no-topic', `${doing}: ${why}; the topics are created by "headwater ingest", or by hand`)
  if (types.some((t) => invalid.has(t))) return make('misconfigured', `${doing}: ${why}`)
  if (all.some((e) => typeof e.code === 'string' && certificate.test(e.code)))
    return make('misconfigured', `${doing}: TLS failed: ${why}; check kafka.tls against the broker's listener`)
  return make('unavailable', `${doing}: ${why}`)
}
