import { AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import { TTL_SECONDS, type Zone } from './zone.js'

const NXDOMAIN = 3
const FORMERR = 1
const NOTIMP = 4

/** The answer to a query, as RFC 1035 has it; undefined for what is no query and gets none. */
export function answerTo(query: Buffer, zone: Zone): Buffer | undefined {
  let packet: DecodedPacket
  try {
    packet = decode(query)
  } catch {
    return undefined
  }
  if (packet.type !== 'query') return undefined
  const questions = packet.questions ?? []
  const reply = (code: number, answers: { name: string; address: string }[] = []) =>
    encode({
      id: packet.id ?? 0,
      type: 'response',
      flags: AUTHORITATIVE_ANSWER | ((packet.flags ?? 0) & RECURSION_DESIRED) | code,
      questions,
      answers: answers.map(({ name, address }) => ({ type: 'A', class: 'IN', name, ttl: TTL_SECONDS, data: address })),
    })
  const [question] = questions
  if (question === undefined || questions.length > 1) return reply(FORMERR)
  // RFC 1035, 4.1.1: the kind of query, 0 for a standard one.
  if ((((packet.flags ?? 0) >> 11) & 0xf) !== 0) return reply(NOTIMP)
  const { name } = question
  const key = name.toLowerCase()
  const addresses = Object.hasOwn(zone, key) ? zone[key] : undefined
  if (addresses === undefined) return reply(NXDOMAIN)
  // A name without addresses of the type asked for exists all the same.
  return reply(0, question.type === 'A' ? addresses.map((address) => ({ name, address })) : [])
}
