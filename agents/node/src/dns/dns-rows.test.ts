import { decodeDnsBatch, topics } from '@headwater/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import { Pipeline } from '../pipeline.js'
import { dnsLosses } from '../report/losses.js'
import { Tally } from '../report/tally.js'
import { answer, dnsRecords, type Message, question, SECOND } from '../testing/dns-records.js'
import { dnsLayout } from '../testing/flow-layout.js'
import { type Question, questionsOf } from '../testing/rows.js'
import type { DnsNames } from './privacy.js'

const layout = dnsLayout()

describe('questions as rows', () => {
  let rows: Question[]
  let batches: number[]
  let dropped: Record<string, number>[]
  let sizes: number[]
  let pipeline: Pipeline
  const make = (dnsNames: DnsNames = 'keep') =>
    new Pipeline({
      identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
      instance: 'i',
      version: '0',
      maxConnections: 1024,
      selfPids: () => new Set(),
      tally: new Tally(),
      connected: () => true,
      readProc: (pid) => {
        if (pid === 666) throw new Error('fault')
        return undefined
      },
      dnsNames,
      send: ({ messages }) => {
        for (const { topic, value } of messages) {
          if (topic !== topics.dns) continue
          const batch = decodeDnsBatch(value)
          batches.push(batch.meta.sequence)
          dropped.push(batch.meta.dropped)
          sizes.push(batch.rows)
          rows.push(...questionsOf([batch]))
        }
      },
    })
  beforeEach(() => {
    rows = []
    batches = []
    dropped = []
    sizes = []
    pipeline = make()
  })
  const take = (...messages: Message[]) => {
    pipeline.takeDns(dnsRecords(messages), layout, 0)
    pipeline.flush()
  }
  const counter = (name: string) => pipeline.counters()[`agent.dns_${name}`]

  it('a message that fails is lost alone, and counted', () => {
    const messages: Message[] = [1, 666, 3].map((n) => ({ bytes: question(n, `${n}.test`), pid: n, cookie: n }))
    expect(() => pipeline.takeDns(dnsRecords(messages), layout, 0)).toThrow('fault')
    expect(pipeline.dns.tally.dropped).toEqual({ 'agent-error': 1 })
    take(
      { bytes: answer(3, '3.test'), answer: true, cookie: 3 },
      { bytes: answer(1, '1.test'), answer: true, cookie: 1 },
    )
    expect(rows.map((row) => row.query_name)).toEqual(['3.test', '1.test'])
  })

  it('an answer by socket and number; batches have numbers of their own', () => {
    take({ bytes: question(1, 'a.test') }, { bytes: question(1, 'b.test'), cookie: 8 })
    expect(rows).toEqual([])
    take({ bytes: answer(1, 'b.test'), answer: true, cookie: 8, at: SECOND + 2_500_000n })
    take({ bytes: answer(1, 'a.test'), answer: true, at: SECOND + 7_000_000n })
    expect(rows).toMatchObject([
      { query_name: 'b.test', duration_us: 2500, time: 1002, cookie: 8, process: 'dig', answers: ['192.0.2.7'] },
      { query_name: 'a.test', duration_us: 7000, time: 1007, cookie: 7 },
    ])
    expect(batches).toEqual([1, 2])
  })

  it('none for 5 s: a timeout, and what comes later is nothing', () => {
    take({ bytes: question(1, 'a.test') })
    pipeline.dns.expire(5999, 0)
    pipeline.flush()
    expect(rows).toEqual([])
    pipeline.dns.expire(6001, 0)
    take({ bytes: answer(1, 'a.test'), answer: true, at: 7n * SECOND })
    expect(rows).toMatchObject([{ query_name: 'a.test', timed_out: 1, duration_us: 5_000_000, time: 6000, rcode: '' }])
    expect(counter('unasked')).toBe(1)
  })

  it('asked again under its number counts once, from the first', () => {
    take({ bytes: question(1, 'a.test') }, { bytes: question(1, 'a.test'), at: 2n * SECOND })
    take({ bytes: answer(1, 'a.test'), answer: true, at: 3n * SECOND })
    expect(rows).toMatchObject([{ duration_us: 2_000_000 }])
    expect(counter('repeated')).toBe(1)
  })

  it('another question under its number takes its place, and is counted', () => {
    take({ bytes: question(1, 'a.test') }, { bytes: question(1, 'b.test'), at: 2n * SECOND })
    take({ bytes: answer(1, 'b.test'), answer: true, at: 3n * SECOND })
    take({ bytes: answer(1, 'a.test'), answer: true, at: 3n * SECOND })
    expect(rows).toMatchObject([{ query_name: 'b.test', duration_us: 1_000_000 }])
    expect([counter('repeated'), counter('replaced'), counter('unasked')]).toEqual([0, 1, 1])
  })

  it('what is broken, or goes the wrong way, is counted', () => {
    take({ bytes: [1, 2, 3] }, { bytes: answer(1, 'a.test') }, { bytes: question(2, 'a.test'), answer: true })
    expect(rows).toEqual([])
    expect(counter('unreadable')).toBe(3)
    expect(counter('messages')).toBe(3)
  })

  it.each([
    ['hash', /^#[0-9a-f]{16}$/, ['192.0.2.7']],
    ['off', /^$/, []],
  ] as const)('names may be told as %s', (mode, name, answers) => {
    pipeline = make(mode)
    take({ bytes: question(1, 'secret.test') }, { bytes: answer(1, 'secret.test'), answer: true })
    expect(rows).toMatchObject([{ query_type: 'A', rcode: 'NOERROR', answers }])
    expect(rows[0]?.query_name).toMatch(name)
  })

  it('different names of one interval are bounded', () => {
    const messages = Array.from({ length: 5010 }, (_, n): Message[] => [
      { bytes: question(n, `n${n}.test`) },
      { bytes: answer(n, `n${n}.test`), answer: true },
    ])
    take(...messages.flat())
    expect(rows.filter((row) => row.query_name === '')).toHaveLength(10)
    expect(counter('names_left_out')).toBe(10)
    pipeline.dns.renew()
    take({ bytes: question(1, 'again.test') }, { bytes: answer(1, 'again.test'), answer: true })
    expect(rows.at(-1)).toMatchObject({ query_name: 'again.test' })
  }, 30_000)

  it('a flood of questions without an answer goes out in batches of a size that the bus takes', () => {
    take(...Array.from({ length: 9000 }, (_, n): Message => ({ bytes: question(1, 'a.test'), cookie: n + 1 })))
    pipeline.dns.expire(7000, 0)
    pipeline.flush()
    expect(sizes).toEqual([4000, 4000, 1000])
    expect(batches).toEqual([1, 2, 3])
  }, 30_000)

  it('every batch says what was lost of them', () => {
    take(...Array.from({ length: 16_386 }, (_, n): Message => ({ bytes: question(1, 'a.test'), cookie: n + 1 })))
    dnsLosses({ ring_full_dns: 3 }, pipeline.dns.tally)
    pipeline.dns.drop('outbox-full', 5)
    take({ bytes: answer(1, 'a.test'), answer: true, cookie: 16_386 })
    expect(dropped).toEqual([{ 'pending-full': 2, 'ring-full': 3, 'outbox-full': 5 }])
    expect(counter('dropped')).toBe(5)
  }, 30_000)
})
