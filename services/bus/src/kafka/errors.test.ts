import { BusError } from '@headwater/contracts'
import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { busErrorOf } from './errors.js'

const protocol = (type: string) =>
  new kafkajs.KafkaJSProtocolError({ type, message: type, retriable: true, code: 1 } as never)
const exceeded = (cause: Error) => new kafkajs.KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 1, retryTime: 1 })
const refused = new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED', { broker: 'b:1', code: 'ECONNREFUSED' })

it.each([
  [exceeded(refused), 'unavailable'],
  [new kafkajs.KafkaJSRequestTimeoutError('timed out', {} as never), 'unavailable'],
  [protocol('NOT_LEADER_FOR_PARTITION'), 'unavailable'],
  [protocol('MESSAGE_TOO_LARGE'), 'too-large'],
  [exceeded(protocol('UNKNOWN_TOPIC_OR_PARTITION')), 'no-topic'],
  [protocol('TOPIC_AUTHORIZATION_FAILED'), 'unauthorized'],
  [exceeded(protocol('GROUP_AUTHORIZATION_FAILED')), 'unauthorized'],
  [Object.assign(new Error('SASL SCRAM SHA256 failed'), { name: 'KafkaJSSASLAuthenticationError' }), 'unauthorized'],
  [new kafkajs.KafkaJSAggregateError('creation failed', [protocol('CLUSTER_AUTHORIZATION_FAILED')]), 'unauthorized'],
  [
    exceeded(new kafkajs.KafkaJSConnectionError('bad', { broker: 'b:1', code: 'SELF_SIGNED_CERT_IN_CHAIN' })),
    'misconfigured',
  ],
  [new Error('something else'), 'unavailable'],
  ['not even an error', 'unavailable'],
])('%s is %s', (error, code) => {
  const mapped = busErrorOf(error, 'publishing')
  expect(mapped).toBeInstanceOf(BusError)
  expect(mapped).toMatchObject({ code, cause: error, message: expect.stringContaining('publishing') })
})

it('leaves a BusError as it is', () => {
  const error = new BusError('stopped', 'x')
  expect(busErrorOf(error, 'y')).toBe(error)
})
