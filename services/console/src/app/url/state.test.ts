import { groupings as contractGroupings } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { fieldOf, msOf, rangeShort, rangeText } from '../header/range.js'
import { type ConsoleState, formatState, groupings, initialState, isMoving, onPage, parseState } from './state.js'

const state = (more: Partial<ConsoleState>): ConsoleState => ({ ...initialState, ...more })

describe('the state in the address bar', () => {
  it('is empty for the default', () => {
    expect(formatState(initialState)).toBe('')
    expect(parseState('')).toEqual(initialState)
  })
  it.each([
    state({ from: 'now-6h', group: 'process', view: 'table' }),
    state({ from: '1700000000000', to: '1700000900000', self: true, refresh: '30s' }),
    state({ search: '{server_port=~"80|443"}', selection: { type: 'edge', id: '["a & b","c=d",""]' } }),
    state({ page: 'cost', sort: { column: 'month', descending: true }, open: '["a&b",""]' }),
    state({ compare: '1d', changes: ['new', 'changed'], sort: { column: 'client', descending: false } }),
    state({ search: 'مرحبا #1', selection: { type: 'node', id: '["service","","","x"]' } }),
  ])('comes back from a link: %j', (s) => expect(parseState(formatState(s))).toEqual(s))
  it('falls back where a value is not allowed', () => {
    expect(
      parseState('?from=yesterday&group=planet&view=3d&refresh=2s&to=<b>&page=admin&compare=2h&changes=all&sort=<b>'),
    ).toEqual(initialState)
  })
  it('keeps range, search and selection between map and health, and leaves what is of a page there', () => {
    const health = state({
      page: 'health',
      search: 'x',
      sort: { column: 'rtt', descending: true },
      open: 'a',
      selection: { type: 'node', id: 'a' },
    })
    expect(onPage(health, 'map')).toEqual(state({ search: 'x', selection: { type: 'node', id: 'a' } }))
    expect(onPage(health, 'fleet')).toEqual(state({ page: 'fleet', search: 'x' }))
    expect(onPage(health, 'health')).toBe(health)
  })
  it('lets a host have other defaults', () => {
    const base = state({ view: 'map' })
    expect(formatState(base, base)).toBe('')
    expect(parseState(formatState(state({ view: 'split' }), base), base).view).toBe('split')
  })
  it('knows the groupings of the contract', () => expect(groupings).toEqual([...contractGroupings]))
  it('refreshes only what ends now', () => {
    expect([isMoving(initialState), isMoving(state({ to: '1700000900000' }))]).toEqual([true, false])
  })
})

describe('the range', () => {
  it('is called by its preset, else by its ends', () => {
    expect([rangeText('now-1h', 'now'), rangeShort('now-15m', 'now'), rangeShort('0', '900000')]).toEqual([
      'Last hour',
      '15 min',
      '15 min',
    ])
    expect(rangeText('now-2h', 'now')).toBe('now-2h to now')
  })
  it('goes through the date fields unchanged', () => {
    expect([msOf(fieldOf(1_700_000_123_000)), msOf('')]).toEqual([1_700_000_123_000, undefined])
  })
})
