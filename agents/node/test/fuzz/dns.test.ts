// Any bytes from port 53 are read without an exception, in bounded steps, and are either told as what is wrong with them or have texts within
// bounds. `npm run fuzz` tries a hundred times as many; HEADWATER_FUZZ_SEED tries the same ones again.
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type DnsMessage, MAX_ADDRESSES, type MessageProblem, readMessage } from '../../src/dns/message.js'
import { MAX_NAME_BYTES } from '../../src/dns/name.js'
import { brokenMessage, MAX_BYTES, soundMessage } from './dns-messages.js'
import { mutated } from './mutate.js'
import { hex, inputs, type Random, seeded, timeout } from './random.js'
import { watched } from './watched.js'

const problems: string[] = ['cut', 'label', 'pointer', 'long', 'short', 'opcode', 'questions']
/** Each piece of a name that a pointer leads to is read once, the records behind it once. */
const mostReads = (length: number) => 4 * length + 1024

/** What is wrong with what was read; undefined: nothing. One expectation for each input would take longer than the reading. */
function fault(message: DnsMessage | MessageProblem): string | undefined {
  if (typeof message === 'string') return problems.includes(message) ? undefined : `problem ${message}`
  if (message.name.length > MAX_NAME_BYTES || !/^[!-~]*$/.test(message.name)) return `name ${message.name}`
  if (!/^[A-Z0-9-]+$|^$/.test(message.type + message.rcode)) return `type ${message.type}, rcode ${message.rcode}`
  if (message.addresses.length > MAX_ADDRESSES) return `${message.addresses.length} addresses`
  const short = message.addresses.find((address) => address.length !== 16)
  return short && `address ${short.join('.')}`
}

/** The same bytes amid others, as they lie in a record: these must not be seen. */
function amid(bytes: Uint8Array): Uint8Array {
  const around = new Uint8Array(bytes.length + 64).fill(0xc0)
  around.set(bytes, 32)
  return around.subarray(32, 32 + bytes.length)
}

function read(bytes: Uint8Array, closely: boolean): string | undefined {
  try {
    const message = readMessage(bytes)
    if (!closely) return fault(message)
    if (!isDeepStrictEqual(readMessage(watched(bytes, mostReads(bytes.length))), message)) return 'another when watched'
    if (!isDeepStrictEqual(readMessage(amid(bytes)), message)) return 'another amid other bytes'
    return fault(message)
  } catch (error) {
    return `${error}`
  }
}

function tryAll(what: string, count: number, make: (random: Random) => Uint8Array): void {
  const random = seeded(what)
  const faults: string[] = []
  for (let n = 0; n < inputs(count) && faults.length < 5; n++) {
    const bytes = make(random)
    const found = read(bytes, n % 16 === 0)
    if (found !== undefined) faults.push(`input ${n} of seed ${random.seed}: ${found}; ${hex(bytes)}`)
  }
  expect(faults).toEqual([])
}

describe('DNS messages', { timeout }, () => {
  it('sound ones are read as they were made', () => {
    const random = seeded('sound messages')
    const faults: string[] = []
    for (let n = 0; n < inputs(20_000) && faults.length < 5; n++) {
      const { bytes, expected } = soundMessage(random)
      const found = readMessage(bytes)
      if (!isDeepStrictEqual(found, expected)) faults.push(`input ${n} of seed ${random.seed}: ${hex(bytes)}`)
    }
    expect(faults).toEqual([])
  })

  it('broken ones are told as what they are', () => {
    const random = seeded('broken messages')
    const faults: string[] = []
    const seen = new Set<string>()
    for (let n = 0; n < inputs(20_000) && faults.length < 5; n++) {
      const { bytes, problem } = brokenMessage(random)
      const found = readMessage(bytes)
      seen.add(problem)
      if (found !== problem)
        faults.push(`input ${n} of seed ${random.seed}: ${JSON.stringify(found)}, not ${problem}; ${hex(bytes)}`)
    }
    expect(faults).toEqual([])
    expect([...seen].sort()).toEqual([...problems].sort())
  })

  it('sound ones with faults', () => {
    let sound: Uint8Array | undefined
    tryAll('changed messages', 150_000, (random) => {
      // To make one takes longer than to read it.
      if (sound === undefined || random.once(16)) sound = soundMessage(random).bytes
      return mutated(sound, random, MAX_BYTES)
    })
  })

  it('any bytes', () =>
    tryAll('any bytes', 100_000, (random) => random.bytes(random.below(MAX_BYTES + 1) >> random.below(6))))

  it('any bytes behind a header that asks for a look', () =>
    tryAll('bytes behind a header', 100_000, (random) => {
      const body = random.bytes(random.below(MAX_BYTES - 12) >> random.below(6))
      for (let i = 0; i < body.length; i++) if (!random.once(3)) body[i] = random.of([0, 1, 2, 3, 0xc0, 12, 16, 63])
      return Uint8Array.from([
        0,
        1,
        random.of([1, 0x81]),
        0x80,
        0,
        1,
        random.below(3),
        random.below(256),
        0,
        0,
        0,
        0,
        ...body,
      ])
    }))

  it('a chain of pointers as long as a message can hold is read once', () => {
    const bytes = new Uint8Array(MAX_BYTES)
    bytes.set([0x12, 0x34, 0x81, 0x80, 0, 1, 0xff, 0xff, 0, 0, 0, 0])
    for (let at = 14; at < MAX_BYTES; at += 2) bytes.set([0xc0 | ((at - 2) >> 8), (at - 2) & 0xff], at)
    expect(read(bytes, true)).toBeUndefined()
  })
})
