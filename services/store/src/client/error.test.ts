import { ClickHouseError } from '@clickhouse/client'
import { describe, expect, it } from 'vitest'
import { explainConnection } from '../store.js'
import { StoreError, toStoreError } from './error.js'

const server = (code: number, type: string) => new ClickHouseError({ message: 'said so', code: String(code), type })

describe('toStoreError', () => {
  it.each([
    [516, 'AUTHENTICATION_FAILED', 'auth', false],
    [497, 'ACCESS_DENIED', 'denied', false],
    [159, 'TIMEOUT_EXCEEDED', 'timeout', true],
    [252, 'TOO_MANY_PARTS', 'overloaded', true],
    [241, 'MEMORY_LIMIT_EXCEEDED', 'overloaded', true],
    [396, 'TOO_MANY_ROWS_OR_BYTES', 'too-large', false],
    [60, 'UNKNOWN_TABLE', 'schema', true],
    [117, 'INCORRECT_DATA', 'schema', false],
    [62, 'SYNTAX_ERROR', 'refused', false],
  ] as const)('ClickHouse %d %s is %s', (number, type, code, retryable) => {
    const error = toStoreError(server(number, type), 'query')
    expect(error).toMatchObject({ code, retryable, serverCode: number })
    expect(error.message).toBe(`query: said so (ClickHouse ${number} ${type})`)
  })

  it('takes whatever is no answer of the server as the connection, and keeps its code', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(toStoreError(new AggregateError([refused]), 'query')).toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('leaves a StoreError as it is', () => {
    const error = new StoreError('denied', 'no', false)
    expect(toStoreError(error, 'query')).toBe(error)
  })
})

describe('explainConnection', () => {
  it('tells the user which settings to look at', () => {
    expect(explainConnection(server(516, 'AUTHENTICATION_FAILED'), 'http://ch:8123')).toMatchObject({
      name: 'UserError',
      code: 'clickhouse-auth',
      message: expect.stringContaining('http://ch:8123'),
      fix: expect.stringContaining('HEADWATER_CLICKHOUSE_PASSWORD'),
    })
  })
})
