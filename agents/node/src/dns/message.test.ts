import { describe, expect, it } from 'vitest'
import { type DnsMessage, readMessage } from './message.js'
import { MAX_NAME_BYTES } from './name.js'

const label = (text: string): number[] => [text.length, ...Buffer.from(text, 'latin1')]
const name = (...labels: string[]): number[] => [...labels.flatMap(label), 0]
const u16 = (n: number): number[] => [n >> 8, n & 0xff]
const header = (flags: number, questions: number, answers: number): number[] =>
  [0x1234, flags, questions, answers, 0, 0].flatMap(u16)
const question = (labels: number[], type = 1): number[] => [...labels, ...u16(type), ...u16(1)]
const record = (owner: number[], type: number, data: number[], klass = 1): number[] => [
  ...owner,
  ...u16(type),
  ...u16(klass),
  0,
  0,
  0,
  60,
  ...u16(data.length),
  ...data,
]
const POINTER = [0xc0, 12]
const ANSWER = 0x8180
const read = (...parts: number[][]): DnsMessage | string => readMessage(Uint8Array.from(parts.flat()))

describe('a message', () => {
  it('is read: a question', () => {
    expect(read(header(0x0100, 1, 0), question(name('www', 'Example', 'com'), 28))).toEqual({
      id: 0x1234,
      answer: false,
      truncated: false,
      rcode: '',
      name: 'www.example.com',
      type: 'AAAA',
      addresses: [],
    })
  })

  it('is read: an answer with an alias, addresses behind it, and others that are none', () => {
    const v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    const message = read(
      header(ANSWER, 1, 5),
      question(name('a', 'b')),
      record(POINTER, 5, name('c', 'b')),
      record(name('c', 'b'), 1, [192, 0, 2, 1]),
      record(POINTER, 28, v6),
      record(POINTER, 1, [1, 2, 3]),
      record(POINTER, 1, [192, 0, 2, 2], 3),
    ) as DnsMessage
    expect(message).toMatchObject({ answer: true, rcode: 'NOERROR', name: 'a.b', type: 'A' })
    expect(message.addresses.map((a) => [...a])).toEqual([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1], v6])
  })

  it.each([
    [2, 'SERVFAIL'],
    [3, 'NXDOMAIN'],
    [5, 'REFUSED'],
    [15, 'RCODE15'],
  ])('has its rcode %d by name', (rcode, text) => {
    expect(read(header(ANSWER | rcode, 1, 0), question(name('a')))).toMatchObject({ rcode: text })
  })

  it('keeps what fits of an answer that goes on beyond what there is, and no more than 16 addresses', () => {
    const records = Array.from({ length: 40 }, (_, i) => record(POINTER, 1, [192, 0, 2, i]))
    const whole = [header(ANSWER | 0x0200, 1, 40), question(name('a')), ...records]
    expect((read(...whole) as DnsMessage).addresses).toHaveLength(16)
    const cut = Uint8Array.from(whole.flat()).subarray(0, 60)
    expect(readMessage(cut)).toMatchObject({ truncated: true, name: 'a' })
    expect((readMessage(cut) as DnsMessage).addresses).toHaveLength(2)
  })

  it('may answer without a question, and must not ask without one, or two', () => {
    expect(read(header(ANSWER | 1, 0, 0))).toMatchObject({ rcode: 'FORMERR', name: '' })
    expect(read(header(0, 0, 0))).toBe('questions')
    expect(read(header(0, 2, 0), question(name('a')), question(name('b')))).toBe('questions')
    expect(read(header(0x2800, 1, 0), question(name('a')))).toBe('opcode')
  })
})

describe('a name', () => {
  const nameOf = (labels: number[]) => {
    const message = read(header(0, 1, 0), question(labels))
    return typeof message === 'string' ? message : message.name
  }

  it('of the root is a dot; dots in labels, spaces and what no terminal should see are escaped', () => {
    expect(nameOf([0])).toBe('.')
    expect(nameOf(name('a.b', 'c\\'))).toBe('a\\.b.c\\\\')
    expect(nameOf(name('\u001b[2J', 'ö '))).toBe('\\027[2j.\\246\\032')
  })

  it('may not be longer than 255 bytes, nor its text', () => {
    const longest = name(...Array(3).fill('x'.repeat(63)), 'y'.repeat(61))
    expect(longest).toHaveLength(MAX_NAME_BYTES)
    expect(nameOf(longest)).toHaveLength(MAX_NAME_BYTES - 2)
    expect(nameOf(name(...Array(3).fill('x'.repeat(63)), 'y'.repeat(62)))).toBe('long')
    expect(nameOf(name(...Array(3).fill('\u0001'.repeat(63))))).toHaveLength(MAX_NAME_BYTES)
  })

  it('may not point at itself, forward, or at a pointer that does; reserved lengths are none', () => {
    expect(nameOf([0xc0, 12])).toBe('pointer')
    expect(nameOf([...label('a'), 0xc0, 12])).toBe('pointer')
    expect(nameOf([0xc0, 40])).toBe('pointer')
    expect(nameOf([0xff, 0xff])).toBe('pointer')
    expect(nameOf([0x40, 1, 0])).toBe('label')
    expect(nameOf([0x80, 1, 0])).toBe('label')
  })

  it('may point back: into the header, as far as there is a name', () => {
    // The header's counters, read as a name: 0 questions end it at once.
    expect(nameOf([...label('a'), 0xc0, 6])).toBe('a')
  })

  it('may end before its time', () => {
    for (const bytes of [[], [3, 0x61], [3], [0xc0], [1, 0x61]])
      expect(readMessage(Uint8Array.from([...header(0, 1, 0), ...bytes]))).toBe('cut')
    expect(readMessage(new Uint8Array(11))).toBe('short')
  })
})
