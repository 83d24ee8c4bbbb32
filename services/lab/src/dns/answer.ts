import { AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import { TTL_SECONDS, type Zone } from './zone.js'

const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const
export type Rcode = keyof typeof codes

/** An answer, with what it says. */
export interface Answered {
  packet: Buffer
  /** As it was asked for, in small letters; '' where it was not one question. */
  name: string
  type: string
  rcode: Rcode
}

/**
 * The answer to a query, as RFC 1035 has it; undefined for what is no query and gets none.
 * @param failing names that it cannot find out about now, in small letters
 */
export function answerTo(query: Buffer, zone: Zone, failing: readonly string[] = []): Answered | undefined {
  let packet: DecodedPacket
  try {
    packet = decode(query)
  } catch {
    return undefined
  }
  if (packet.type !== 'query') return undefined
  const questions = packet.questions ?? []
  const [question] = questions
  const key = questions.length === 1 && question !== undefined ? question.name.toLowerCase() : ''
  const reply = (rcode: Rcode, addresses: readonly string[] = []): Answered => ({
    packet: encode({
      id: packet.id ?? 0,
      type: 'response',
      flags: AUTHORITATIVE_ANSWER | ((packet.flags ?? 0) & RECURSION_DESIRED) | codes[rcode],
      questions,
      answers: addresses.map((data) => ({
        type: 'A',
        class: 'IN',
        name: question?.name ?? '',
        ttl: TTL_SECONDS,
        data,
      })),
    }),
    name: key,
    type: question?.type ?? '',
    rcode,
  })
  if (question === undefined || questions.length > 1) return reply('FORMERR')
  // RFC 1035, 4.1.1: the kind of query, 0 for a standard one.
  if ((((packet.flags ?? 0) >> 11) & 0xf) !== 0) return reply('NOTIMP')
  if (failing.includes(key)) return reply('SERVFAIL')
  const addresses = Object.hasOwn(zone, key) ? zone[key] : undefined
  if (addresses === undefined) return reply('NXDOMAIN')
  // A name without addresses of the type asked for exists all the same.
  return reply('NOERROR', question.type === 'A' ? addresses : [])
}
