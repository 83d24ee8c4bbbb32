import { describe, expect, it } from 'vitest'
import type { DnsMessage } from './message.js'
import { PendingQuestions, pendingKey } from './pending.js'
import { NameBudget, NamePrivacy } from './privacy.js'

const answer = (over: Partial<DnsMessage> = {}): DnsMessage => ({
  id: 1,
  answer: true,
  truncated: false,
  rcode: 'NOERROR',
  name: 'a.test',
  type: 'A',
  addresses: [],
  ...over,
})
const question = (id: number, askedNs = id) => ({
  key: pendingKey(7, 0, id),
  name: 'a.test',
  type: 'A',
  askedNs,
  who: id,
})

describe('questions without an answer', () => {
  it('are found by socket and number, once', () => {
    const pending = new PendingQuestions<number>()
    pending.ask(question(1))
    expect(pending.answer(pendingKey(8, 0, 1), answer())).toBeUndefined()
    expect(pending.answer(pendingKey(7, 1, 1), answer())).toBeUndefined()
    expect(pending.answer(pendingKey(7, 0, 1), answer())).toMatchObject({ who: 1 })
    expect(pending.answer(pendingKey(7, 0, 1), answer())).toBeUndefined()
  })

  it('are not ended by an answer to another question, but by one that could not be read', () => {
    const pending = new PendingQuestions<number>()
    pending.ask(question(1))
    const key = pendingKey(7, 0, 1)
    expect(pending.answer(key, answer({ name: 'b.test' }))).toBe('other')
    expect(pending.answer(key, answer({ type: 'AAAA' }))).toBe('other')
    expect(pending.size).toBe(1)
    expect(pending.answer(key, answer({ name: '', type: '', rcode: 'FORMERR' }))).toMatchObject({ who: 1 })
  })

  it('are given up by age, and for want of room', () => {
    const pending = new PendingQuestions<number>(3)
    expect([1, 2, 3].map((id) => pending.ask(question(id)))).toEqual([false, false, false])
    expect(pending.ask(question(4))).toBe(true)
    expect(pending.takeBefore(4).map(({ who }) => who)).toEqual([2, 3])
    expect(pending.size).toBe(1)
  })
})

describe('names', () => {
  it('are kept, hashed the same within a realm, or left out', () => {
    expect(new NamePrivacy('keep', 'r').of('a.test')).toBe('a.test')
    expect(new NamePrivacy('off', 'r').of('a.test')).toBe('')
    const hash = new NamePrivacy('hash', 'r').of('a.test')
    expect(hash).toMatch(/^#[0-9a-f]{16}$/)
    expect(new NamePrivacy('hash', 'r').of('a.test')).toBe(hash)
    expect(new NamePrivacy('hash', 'q').of('a.test')).not.toBe(hash)
    expect(new NamePrivacy('hash', 'r').of('b.test')).not.toBe(hash)
  })

  it('are bounded in an interval', () => {
    const budget = new NameBudget(2)
    expect(['a', 'b', 'c', 'a', ''].map((name) => budget.admits(name))).toEqual([true, true, false, true, true])
    budget.renew()
    expect(budget.admits('c')).toBe(true)
  })
})
