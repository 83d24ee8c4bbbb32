import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BusError, topics } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger as logger, publishUntilTaken, TestMessages, until } from '../../test/support.js'
import { authority, type Certificate, type SecureKafka, startSecureKafka, USER } from '../testing/index.js'
import type { KafkaConnection } from './client.js'
import { createKafkaConsumer } from './consumer.js'
import { createKafkaProducer } from './producer.js'
import { ensureTopics } from './topics.js'

let folder: string
let secure: SecureKafka
let client: Certificate
let stranger: Certificate

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-secure-'))
  secure = await startSecureKafka(join(folder, 'ours'))
  client = await secure.authority.sign('client')
  stranger = await (await authority(join(folder, 'theirs'), 'stranger')).sign('client')
  await ensureTopics({ brokers: secure.kafka.brokers, logger })
})
afterAll(async () => {
  await secure?.kafka.stop()
  await rm(folder, { recursive: true, force: true })
})

type Ways = Record<string, () => Omit<KafkaConnection, 'logger'>>
const ca = () => secure.authority.cert
const sasl = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = USER.password) => ({
  brokers: [secure.sasl],
  tls: { ca: ca() },
  sasl: { mechanism, username: USER.username, password },
})

const right: Ways = {
  TLS: () => ({ brokers: [secure.tls], tls: { ca: ca() } }),
  'TLS with a certificate of the client': () => ({
    brokers: [secure.mutual],
    tls: { ca: ca(), cert: client.cert, key: client.key },
  }),
  'SASL PLAIN': () => sasl('plain'),
  'SASL SCRAM-SHA-256': () => sasl('scram-sha-256'),
  'SASL SCRAM-SHA-512': () => sasl('scram-sha-512'),
}

describe('a broker that is guarded takes', () => {
  it.each(Object.keys(right))('%s, at both ends and of who looks after topics', { timeout: 60_000 }, async (way) => {
    const connection = { ...right[way]?.(), logger } as KafkaConnection
    await ensureTopics({ ...connection, create: false })
    const test = new TestMessages()
    const producer = createKafkaProducer(connection)
    const consumer = createKafkaConsumer({ ...connection, group: randomUUID(), topics: [topics.flows] })
    try {
      await producer.start()
      await publishUntilTaken(producer, [test.make('key', way)])
      await consumer.start(test.handler())
      await until('it is read', () => test.texts().length > 0)
      expect(test.distinct()).toEqual([way])
    } finally {
      await Promise.all([producer.stop(), consumer.stop()])
    }
  })
})

/** By what is wrong, the connection, the code of the error, and what its text must name. */
const wrong: [string, () => Omit<KafkaConnection, 'logger'>, BusError['code'], string][] = [
  ['no authority that is known', () => ({ brokers: [secure.tls], tls: true }), 'misconfigured', 'kafka.tls'],
  ['another authority', () => ({ brokers: [secure.tls], tls: { ca: stranger.cert } }), 'misconfigured', 'kafka.tls'],
  ['no certificate', () => ({ brokers: [secure.mutual], tls: { ca: ca() } }), 'misconfigured', 'kafka.tls'],
  [
    'a certificate of another authority',
    () => ({ brokers: [secure.mutual], tls: { ca: ca(), cert: stranger.cert, key: stranger.key } }),
    'misconfigured',
    'kafka.tls',
  ],
  ['a wrong password, PLAIN', () => sasl('plain', 'wrong'), 'unauthorized', 'kafka.sasl'],
  ['a wrong password, SCRAM', () => sasl('scram-sha-512', 'wrong'), 'unauthorized', 'kafka.sasl'],
]

describe('it refuses, and the error names what to look at', () => {
  it.each(wrong)(
    '%s, also of who reads or looks after topics',
    { timeout: 60_000 },
    async (_, connection, code, names) => {
      const named = { code, message: expect.stringContaining(names) }
      await expect(ensureTopics({ ...connection(), logger, create: false })).rejects.toMatchObject(named)
      let fatal: Error | undefined
      const onFatal = (error: Error) => {
        fatal = error
      }
      const consumer = createKafkaConsumer({
        ...connection(),
        logger,
        group: randomUUID(),
        topics: [topics.flows],
        onFatal,
      })
      await consumer.start(async () => undefined)
      try {
        await until('the consumer ends', () => fatal !== undefined)
        expect(fatal).toMatchObject(named)
        expect(consumer.counters().rejected).toMatchObject({ [code]: 1 })
      } finally {
        await consumer.stop()
      }
    },
  )

  it.each(wrong)('%s', { timeout: 60_000 }, async (_, connection, code, names) => {
    const producer = createKafkaProducer({ ...connection(), logger, retries: 1 })
    await producer.start()
    try {
      const error = await producer.publish([new TestMessages().make('key', 'text')]).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(BusError)
      expect((error as BusError).message).toContain(names)
      expect((error as BusError).code).toBe(code)
    } finally {
      await producer.stop()
    }
  })
})
