import { type NameProblem, readName, skipName } from './name.js'
import { rcodeName, typeName } from './names.js'

const HEADER_BYTES = 12
const QUESTION_BYTES = 4
const RECORD_BYTES = 10
const FLAG_ANSWER = 0x8000
const FLAG_TRUNCATED = 0x0200
const OPCODE = 0x7800
const RCODE = 0x000f
const TYPE_A = 1
const TYPE_AAAA = 28
const CLASS_IN = 1
/** Addresses of one answer that are kept. */
export const MAX_ADDRESSES = 16

/** Why a message cannot be read. */
export type MessageProblem = NameProblem | 'short' | 'opcode' | 'questions'

export interface DnsMessage {
  id: number
  answer: boolean
  truncated: boolean
  rcode: string
  /** Of the question; empty in an answer that does not repeat it. */
  name: string
  type: string
  /** Addresses in the answer, each of 16 bytes, IPv4 as mapped. */
  addresses: Uint8Array[]
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!

function mapped(v4: Uint8Array): Uint8Array {
  const address = new Uint8Array(16)
  address[10] = 0xff
  address[11] = 0xff
  address.set(v4, 12)
  return address
}

/** Addresses of up to `count` records from `start` on. A message that ends before is read as far as it goes. */
function readAddresses(bytes: Uint8Array, start: number, count: number): Uint8Array[] {
  const addresses: Uint8Array[] = []
  let at = start
  for (let i = 0; i < count && addresses.length < MAX_ADDRESSES; i++) {
    const head = skipName(bytes, at)
    if (head < 0 || head + RECORD_BYTES > bytes.length) break
    const data = head + RECORD_BYTES
    const length = u16(bytes, head + 8)
    if (data + length > bytes.length) break
    const type = u16(bytes, head)
    if (u16(bytes, head + 2) === CLASS_IN) {
      if (type === TYPE_A && length === 4) addresses.push(mapped(bytes.subarray(data, data + 4)))
      else if (type === TYPE_AAAA && length === 16) addresses.push(bytes.slice(data, data + 16))
    }
    at = data + length
  }
  return addresses
}

/**
 * Reads the head of a DNS message (RFC 1035, 4.1):
 *
 *     message  = u16 id, u16 flags, u16 questions, u16 answers, u16 authorities, u16 additionals, question*, record*
 *     question = name, u16 type, u16 class
 *     record   = name, u16 type, u16 class, u32 ttl, u16 length, data
 *
 * It may have come from anywhere: nothing in it is believed, and each step goes forward.
 */
export function readMessage(bytes: Uint8Array): DnsMessage | MessageProblem {
  if (bytes.length < HEADER_BYTES) return 'short'
  const flags = u16(bytes, 2)
  if ((flags & OPCODE) !== 0) return 'opcode'
  const questions = u16(bytes, 4)
  const answer = (flags & FLAG_ANSWER) !== 0
  const message: DnsMessage = {
    id: u16(bytes, 0),
    answer,
    truncated: (flags & FLAG_TRUNCATED) !== 0,
    rcode: answer ? rcodeName(flags & RCODE) : '',
    name: '',
    type: '',
    addresses: [],
  }
  // A server that could not read the question may leave it out.
  if (questions === 0 && answer) return message
  if (questions !== 1) return 'questions'
  const name = readName(bytes, HEADER_BYTES)
  if (typeof name === 'string') return name
  if (name.end + QUESTION_BYTES > bytes.length) return 'cut'
  message.name = name.text
  message.type = typeName(u16(bytes, name.end))
  if (answer) message.addresses = readAddresses(bytes, name.end + QUESTION_BYTES, u16(bytes, 6))
  return message
}
