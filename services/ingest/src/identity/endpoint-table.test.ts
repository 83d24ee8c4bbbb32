import { type Endpoint, type EndpointInput, endpointSchema } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { addressKey, parseAddress } from '../address/address.js'
import { wordsOf } from '../columns/words.js'
import { Connections, type Role } from './connections.js'
import { EndpointTable, nobody } from './endpoint-table.js'

const key = (text: string) => addressKey(parseAddress(text) as Uint8Array)
const stack = { realm: 'r', cluster: 'c', node: 'n', netns: 1 }

const holder = { ...nobody, instance: 'i', node: 'n', cluster: 'c', netns: 1, zone: 'z', region: 'x' }

const endpoint = (over: Partial<EndpointInput>): Endpoint =>
  endpointSchema.parse({
    kind: 'listener',
    realm: 'r',
    cluster: 'c',
    node: 'n',
    instance: 'i',
    netns: 1,
    address: '0.0.0.0',
    port: 80,
    process: 'nginx',
    valid_from: 100_000,
    ...over,
  })

function table(...endpoints: Partial<EndpointInput>[]): EndpointTable {
  const made = new EndpointTable()
  for (const over of endpoints) made.apply(endpoint(over))
  return made
}

describe('EndpointTable: listeners', () => {
  const at = (t: EndpointTable, address: string, time = 200_000, on = stack, port = 80) =>
    t.listenerAt(on, 'tcp', key(address), port, time)?.process

  it('finds by port on a wildcard, of the same stack only', () => {
    const t = table({})
    expect(at(t, '10.0.0.1')).toBe('nginx')
    expect(at(t, '127.0.0.1')).toBe('nginx')
    expect(at(t, '10.0.0.1', 200_000, { ...stack, netns: 2 })).toBeUndefined()
    expect(at(t, '10.0.0.1', 200_000, { ...stack, node: 'm' })).toBeUndefined()
    expect(at(t, '10.0.0.1', 200_000, { ...stack, realm: 's' })).toBeUndefined()
    expect(at(t, '10.0.0.1', 200_000, { ...stack, cluster: 'd' })).toBeUndefined()
    expect(at(t, '10.0.0.1', 200_000, stack, 81)).toBeUndefined()
    expect(t.listenerAt(stack, 'udp', key('10.0.0.1'), 80, 200_000)).toBeUndefined()
  })

  it('takes :: for both families and 0.0.0.0 for IPv4 only', () => {
    expect(at(table({ address: '::' }), '10.0.0.1')).toBe('nginx')
    expect(at(table({ address: '::' }), '2001:db8::1')).toBe('nginx')
    expect(at(table({}), '2001:db8::1')).toBeUndefined()
  })

  it('prefers the very address', () => {
    const t = table({}, { address: '127.0.0.1', process: 'debug' }, { address: '::', process: 'six' })
    expect([at(t, '127.0.0.1'), at(t, '10.0.0.1'), at(t, '::1')]).toEqual(['debug', 'nginx', 'six'])
  })

  it('names who listened then', () => {
    const t = table(
      { valid_from: 100_000, valid_to: 150_000, process: 'old' },
      { valid_from: 150_000, process: 'new' },
      { valid_from: 300_000, process: 'newest' },
    )
    expect([99_000, 120_000, 149_999, 150_000, 299_999, 300_000].map((time) => at(t, '10.0.0.1', time))).toEqual([
      'old',
      'old',
      'old',
      'new',
      'new',
      'newest',
    ])
  })

  it('takes a listener that was found late, but not for ever back, nor over another that held', () => {
    expect(at(table({}), '10.0.0.1', 90_000)).toBe('nginx')
    expect(at(table({}), '10.0.0.1', 80_000)).toBeUndefined()
    const t = table({ valid_from: 10_000, valid_to: 95_000, process: 'old' }, {})
    expect(at(t, '10.0.0.1', 97_000)).toBeUndefined()
  })

  it('ends and changes what the same key says again, and takes versions in any order', () => {
    const t = table({ process: '' }, { valid_from: 50_000, valid_to: 60_000, process: 'before' })
    expect(t.apply(endpoint({ process: 'nginx', valid_to: 180_000 }))).toBe(true)
    expect(t.apply(endpoint({ process: 'nginx', valid_to: 180_000 }))).toBe(false)
    expect([55_000, 120_000, 180_000].map((time) => at(t, '10.0.0.1', time))).toEqual(['before', 'nginx', undefined])
  })

  it('stays bounded', () => {
    const t = table()
    for (let i = 0; i < 100; i++)
      t.apply(endpoint({ valid_from: i * 1000, valid_to: i * 1000 + 1000, process: `p${i}` }))
    expect(at(t, '10.0.0.1', 99_500)).toBe('p99')
    expect(at(t, '10.0.0.1', 500)).toBeUndefined()
  })
})

describe('EndpointTable: addresses', () => {
  const nodes = (t: EndpointTable, address: string, time = 200_000, realm = 'r') =>
    t.holdersAt(realm, key(address), time).map((h) => h.node)
  const address = { kind: 'node-address', port: 0, address: '10.0.0.1' } as const

  it('knows who held an address when, the newest first', () => {
    const t = table(
      { ...address, node: 'a', instance: 'a1', valid_to: 150_000 },
      { ...address, node: 'b', instance: 'b1', valid_from: 150_000 },
      { ...address, node: 'c', instance: 'c1', valid_from: 160_000 },
    )
    expect(nodes(t, '10.0.0.1', 120_000)).toEqual(['a'])
    expect(nodes(t, '10.0.0.1', 155_000)).toEqual(['b'])
    expect(nodes(t, '10.0.0.1', 165_000)).toEqual(['c', 'b'])
    expect(nodes(t, '10.0.0.1', 165_000, 'other realm')).toEqual([])
  })

  it('does not take loopback, wildcards and what is no address', () => {
    const t = table()
    for (const text of ['127.0.0.1', '::1', '0.0.0.0', '::', 'nonsense', ''])
      expect(t.apply(endpoint({ ...address, address: text }))).toBe(false)
    expect(t.size).toBe(0)
  })

  it('takes an address from a row once', () => {
    const t = table({ ...address })
    t.observe('r', key('10.0.0.1'), holder, 0, 150_000)
    expect(nodes(t, '10.0.0.1')).toEqual(['n'])
    t.observe('r', key('10.0.0.2'), holder, 5000, 150_000)
    t.observe('r', key('10.0.0.2'), holder, 5000, 160_000)
    expect([nodes(t, '10.0.0.2', 5000), nodes(t, '10.0.0.2')]).toEqual([['n'], ['n']])
  })
})

describe('Connections', () => {
  const end = (process: string) => ({ ...holder, process, service: process })

  const id = (n: bigint) => wordsOf(BigUint64Array.of(n))

  it('names the other end, and keeps what is asked for', () => {
    const connections = new Connections(3)
    const other = (n: bigint, role: Role) => connections.other(id(n), 0, role)
    connections.see(id(1n), 0, 0, end('curl'))
    expect(other(1n, 1)?.process).toBe('curl')
    expect(other(1n, 0)).toBeUndefined()
    connections.see(id(1n), 0, 1, end('nginx'))
    expect(other(1n, 0)?.process).toBe('nginx')
    for (let n = 2n; n < 100n; n++) {
      connections.see(id(n), 0, 0, end('x'))
      expect(other(1n, 1)?.process).toBe('curl')
    }
    expect(connections.size).toBeLessThanOrEqual(6)
    expect(other(2n, 1)).toBeUndefined()
  })

  it('tells many apart, also those whose halves are alike, and keeps who counts', () => {
    const connections = new Connections(10_000)
    const all = Array.from(
      { length: 9000 },
      (_, i) => (BigInt(i % 90) << 32n) | BigInt(Math.floor(i / 90) + (i % 90 ? 0 : 1)),
    )
    const ids = wordsOf(BigUint64Array.from(all))
    for (const row of all.keys()) connections.see(ids, row, (row % 2) as Role, end(`p${row}`))
    for (const row of all.keys()) if (row % 7 === 0) connections.countServer(ids, row, `i${row}`)
    for (const row of all.keys()) {
      expect(connections.other(ids, row, (1 - (row % 2)) as Role)?.process).toBe(`p${row}`)
      expect(connections.serverCountedBy(ids, row)).toBe(row % 7 === 0 ? `i${row}` : undefined)
    }
    expect(connections.size).toBe(9000)
  })
})
