import type { DnsMessage, MessageProblem } from '../../src/dns/message.js'
import type { Random } from './random.js'

/** What the kernel copies of a message. */
export const MAX_BYTES = 512
const HEADER = 12
const CLASS_IN = 1
const TYPES: [number, string][] = [
  [1, 'A'],
  [28, 'AAAA'],
  [5, 'CNAME'],
  [15, 'MX'],
  [16, 'TXT'],
]

const u16 = (n: number): number[] => [n >> 8, n & 0xff]

/** A byte of a label as text, by RFC 4343, 2.1; names are compared in lower case. */
function shown(byte: number): string {
  const text = String.fromCharCode(byte)
  if (text === '.' || text === '\\') return `\\${text}`
  return /[!-~]/.test(text) ? text.toLowerCase() : `\\${`00${byte}`.slice(-3)}`
}

interface Name {
  wire: number[]
  text: string
}

/** A name of up to `most` bytes, the ends of its labels included. */
function anyName(random: Random, most: number): Name {
  const labels: Uint8Array[] = []
  let left = most - 1
  for (let n = random.below(6); n > 0 && left > 1; n--) {
    const longest = Math.min(63, left - 1)
    const label = random.bytes(1 + random.below(random.once(8) ? longest : Math.min(12, longest)))
    if (!random.once(10)) for (const [i, byte] of label.entries()) label[i] = 0x30 + (byte % 74)
    labels.push(label)
    left -= label.length + 1
  }
  const text = labels.map((label) => Array.from(label, shown).join('')).join('.')
  return { wire: [...labels.flatMap((label) => [label.length, ...label]), 0], text: text.slice(0, 255) || '.' }
}

interface Sound {
  bytes: Uint8Array
  expected: DnsMessage
  /** Where the question ends. */
  question: number
}

function record(random: Random, addresses: number[][]): number[] {
  const owner = random.of([[0xc0, HEADER], [3, 0x77, 0x77, 0x77, 0xc0, HEADER], anyName(random, 40).wire])
  const [type] = random.of(TYPES)
  const klass = random.once(8) ? 3 : CLASS_IN
  const length = type === 1 && !random.once(8) ? 4 : type === 28 && !random.once(8) ? 16 : random.below(20)
  const data = [...random.bytes(length)]
  if (klass === CLASS_IN && type === 1 && length === 4) addresses.push([...Array(10).fill(0), 0xff, 0xff, ...data])
  if (klass === CLASS_IN && type === 28 && length === 16) addresses.push(data)
  return [...owner, ...u16(type), ...u16(klass), ...random.bytes(4), ...u16(length), ...data]
}

/** A sound message with what is in it, made by the grammar of RFC 1035, 4.1. */
export function soundMessage(random: Random): Sound {
  const answer = !random.once(3)
  const truncated = random.once(8)
  const rcode = answer ? random.of([0, 0, 0, 2, 3, 5]) : 0
  const name = anyName(random, random.once(10) ? 255 : 60)
  const [type, typeText] = random.of(TYPES)
  const id = random.below(65_536)
  const bytes = [...name.wire, ...u16(type), ...u16(CLASS_IN)]
  const question = HEADER + bytes.length
  const addresses: number[][] = []
  let records = 0
  for (let n = answer ? random.below(24) : 0; n > 0 && bytes.length < MAX_BYTES - HEADER - 90; n--, records++)
    bytes.push(...record(random, addresses))
  const flags = (answer ? 0x8180 : 0x0100) | (truncated ? 0x0200 : 0) | rcode
  const header = [id, flags, 1, records, 0, 0].flatMap(u16)
  return {
    bytes: Uint8Array.from([...header, ...bytes]),
    question,
    expected: {
      id,
      answer,
      truncated,
      rcode: answer ? ({ 0: 'NOERROR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED' }[rcode] ?? '') : '',
      name: name.text,
      type: typeText,
      addresses: addresses.slice(0, 16).map((address) => Uint8Array.from(address)),
    },
  }
}

/** A sound message with one fault of which it is known what it is. */
export function brokenMessage(random: Random): { bytes: Uint8Array; problem: MessageProblem } {
  const { bytes, question } = soundMessage(random)
  const withName = (...name: number[]) => Uint8Array.from([...bytes.subarray(0, HEADER), ...name])
  const cases: (() => { bytes: Uint8Array; problem: MessageProblem })[] = [
    () => ({ bytes: bytes.slice(0, random.below(HEADER)), problem: 'short' }),
    () => ({ bytes: bytes.slice(0, HEADER + random.below(question - HEADER)), problem: 'cut' }),
    () => ({ bytes: set(bytes, 2, (bytes[2]! & 0x87) | ((1 + random.below(15)) << 3)), problem: 'opcode' }),
    () => ({ bytes: set(bytes, 5, 2 + random.below(254)), problem: 'questions' }),
    () => ({ bytes: set(bytes, HEADER, 0x40 + random.below(0x80)), problem: 'label' }),
    // At itself, ahead, and at a label from which the reader comes back to the same pointer.
    () => ({ bytes: withName(0xc0, HEADER), problem: 'pointer' }),
    () => ({
      bytes: withName(0xc0 | random.below(0x40), HEADER + random.below(200), 0, 0, 1, 0, 1),
      problem: 'pointer',
    }),
    () => ({ bytes: withName(1, 0x61, 0xc0, HEADER, 0, 1, 0, 1), problem: 'pointer' }),
    () => ({
      bytes: withName(
        ...Array(4)
          .fill([63, ...Array(63).fill(0x61)])
          .flat(),
        0,
        0,
        1,
        0,
        1,
      ),
      problem: 'long',
    }),
  ]
  return random.of(cases)()
}

function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = value
  return copy
}
