import { describe, expect, test } from 'vitest'
import { alertField, canAlert, columnsOf } from './columns.ts'
import { defaultQuery, queryText, queryTypes, readQuery } from './query.ts'

describe('readQuery', () => {
  test("defaults; Grafana's own keys and cleared ones are left aside", () => {
    expect(readQuery({ refId: 'A', hide: false, datasource: { uid: 'x' }, groupBy: null, filter: '' })).toEqual({
      query: defaultQuery,
    })
  })

  test.each([
    [null, /not a JSON object/],
    [[], /not a JSON object/],
    [{ queryType: 'gossip' }, /^There is no query type "gossip"; there are map, /],
    [{ format: 'csv' }, /^There is no format "csv"/],
    [{ limit: '5' }, /^The limit of the query is not a number\.$/],
    [{ limit: 1.5 }, /not a whole number/],
    [{ self: 'yes' }, /neither true nor false/],
    [{ fields: [1] }, /^The field of the query is not a text\.$/],
  ])('%j', (json, sentence) => {
    const read = readQuery(json)
    expect('error' in read ? read.error : '').toMatch(sentence)
  })
})

test('a query in words', () => {
  expect(
    queryText({ ...defaultQuery, queryType: 'series', split: 'edge', fields: ['failures'], filter: '{a="b"}' }),
  ).toBe('failures of series by service for each edge where {a="b"}')
})

test('what alerts take where nothing is named is a number of that type', () => {
  for (const queryType of queryTypes.filter((t) => canAlert(t))) {
    const names = columnsOf[queryType].filter((c) => c.kind === 'number').map((c) => c.name)
    expect(names).toContain(alertField({ ...defaultQuery, queryType }))
  }
})
