import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { answerTo } from './answer.js'
import type { Zone } from './zone.js'

const zone: Zone = { 'cart.shop.lab': ['10.1.1.11'], 'catalogue.shop.lab': ['10.1.1.12', '10.1.2.11'] }

function ask(packet: Packet, failing?: string[]): DecodedPacket {
  const answer = answerTo(encode({ type: 'query', id: 7, ...packet }), zone, failing)
  if (answer === undefined) throw new Error('no answer')
  const decoded = decode(answer.packet)
  expect(answer.rcode).toBe(code(decoded))
  return decoded
}
const about = (name: string, type: 'A' | 'AAAA' = 'A'): Packet => ({ questions: [{ name, type, class: 'IN' }] })
const code = (answer: DecodedPacket) => (answer as { rcode?: string }).rcode

describe('the DNS server', () => {
  it('answers with all addresses of a name, whatever its case', () => {
    const answer = ask(about('Catalogue.shop.LAB'))
    expect(answer.id).toBe(7)
    expect(answer.answers?.map((a) => 'data' in a && a.data)).toEqual(['10.1.1.12', '10.1.2.11'])
  })
  it('knows a name that has no address of the type', () => {
    const answer = ask(about('cart.shop.lab', 'AAAA'))
    expect([code(answer), answer.answers]).toEqual(['NOERROR', []])
  })
  it.each(['nobody.lab', 'constructor', '__proto__'])('does not know %s', (name) =>
    expect(code(ask(about(name)))).toBe('NXDOMAIN'),
  )
  it('says what it answered, in small letters', () => {
    const query = encode({ type: 'query', id: 7, ...about('Cart.shop.LAB') })
    expect(answerTo(query, zone)).toMatchObject({ name: 'cart.shop.lab', type: 'A', rcode: 'NOERROR' })
  })
  it('cannot find out about some names, where it is told so', () => {
    const failing = ['cart.shop.lab']
    expect(code(ask(about('Cart.shop.lab'), failing))).toBe('SERVFAIL')
    expect(code(ask(about('catalogue.shop.lab'), failing))).toBe('NOERROR')
  })
  it('refuses what it does not do', () => {
    expect(code(ask({ ...about('cart.shop.lab'), flags: 5 << 11 }))).toBe('NOTIMP')
    expect(code(ask({ questions: [] }))).toBe('FORMERR')
  })
  it('leaves answers and noise alone', () => {
    expect(answerTo(encode({ type: 'response', id: 1, ...about('cart.shop.lab') }), zone)).toBeUndefined()
    expect(answerTo(Buffer.from('x'), zone)).toBeUndefined()
  })
})
