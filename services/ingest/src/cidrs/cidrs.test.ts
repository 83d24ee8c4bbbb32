import { readFileSync } from 'node:fs'
import { UserError } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { addressKey, parseAddress } from '../address/address.js'
import { Addresses } from '../identity/addresses.js'
import { parseCidr } from './cidr.js'
import { type CidrTable, parseCidrs, readCidrs } from './index.js'

const key = (text: string) => addressKey(parseAddress(text) ?? expect.unreachable(text))
const named = (table: CidrTable, address: string, realm = 'r') => table.address(realm, key(address))?.name

function problem(text: string): string {
  try {
    parseCidrs(text, 'cidrs.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).code).toBe('config')
    expect((error as UserError).fix).toContain('docs/addresses.md')
    return (error as UserError).message
  }
  throw new Error('no problem found')
}

describe('parseCidr', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['203.0.113.10/32', '203.0.113.10/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::/0', '::/0'],
    ['2001:db8::1/128', '2001:db8::1/128'],
  ])('%s is %s', (text, written) => expect(parseCidr(text)).toMatchObject({ text: written }))

  it.each([
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0/8',
    '10.0.0.0/33',
    '2001:db8::/129',
    'x/8',
    '10.0.0.0/-1',
    'fe80::%eth0/64',
    '10.0.0.256/32',
  ])('%s is none, and it says what is', (text) =>
    expect(parseCidr(text)).toMatchObject({ problem: expect.stringContaining('such as 10.0.0.0/8') }),
  )

  it.each([
    ['10.1.2.3/16', '10.1.0.0/16'],
    ['10.1.2.129/25', '10.1.2.128/25'],
    ['2001:db8::1/64', '2001:db8::/64'],
    ['128.0.0.0/0', '0.0.0.0/0'],
  ])('%s has bits behind its prefix', (text, right) =>
    expect(parseCidr(text)).toMatchObject({ problem: expect.stringContaining(`first address: ${right}`) }),
  )
})

describe('the table', () => {
  it('gives the longest prefix, of each family alone', () => {
    const table = parseCidrs(
      `ranges:
        - { cidr: 0.0.0.0/0, class: internet, name: all4 }
        - { cidr: 10.0.0.0/8, class: private, name: ten }
        - { cidr: 10.1.0.0/17, class: private, name: low }
        - { cidr: 10.1.2.3/32, class: service, name: host }
        - { cidr: '::/0', class: internet, name: all6 }
        - { cidr: 2001:db8::/33, class: private, name: half }
        - { cidr: 2001:db8::5/128, class: service, name: six }
      `,
      'x',
    )
    const cases: Record<string, string> = {
      '8.8.8.8': 'all4',
      '10.255.255.255': 'ten',
      '10.1.127.255': 'low',
      '10.1.128.0': 'ten',
      '10.1.2.3': 'host',
      '10.1.2.2': 'low',
      '255.255.255.255': 'all4',
      '2001:db8:7fff::1': 'half',
      '2001:db8:8000::1': 'all6',
      '2001:db8::5': 'six',
      '2001:db8::4': 'half',
      '::1': 'all6',
    }
    for (const [address, name] of Object.entries(cases))
      expect([address, named(table, address)]).toEqual([address, name])
  })

  it('says nothing of what is in no range, and nothing where it is empty', () => {
    expect(named(parseCidrs('ranges: [{ cidr: 10.0.0.0/8, class: private }]', 'x'), '11.0.0.0')).toBeUndefined()
    expect(named(parseCidrs('', 'x'), '10.0.0.1')).toBeUndefined()
  })

  it('takes an entry of the realm before one of every realm', () => {
    const table = parseCidrs(
      `ranges:
        - { cidr: 10.1.0.0/16, class: private, name: any }
        - { cidr: 10.0.0.0/8, class: private, name: own, realm: r }`,
      'x',
    )
    expect([named(table, '10.1.0.1'), named(table, '10.1.0.1', 'other')]).toEqual(['own', 'any'])
  })

  it('knows which gateway is between two addresses', () => {
    const table = parseCidrs(
      `nat_gateways:
        - { name: wide, addresses: [100.64.0.1/32], clients: [10.0.0.0/8], except: [10.0.0.0/8], zone: a, region: r1, cluster: c }
        - { name: narrow, addresses: [100.64.0.2/32, 2001:db8::2/128], clients: [10.2.0.0/16, fd00::/8], except: [10.2.0.0/16, fd00::/8] }`,
      'x',
    )
    const addresses = new Addresses('r', table)
    const address = (text: string) => addresses.of(new Uint32Array((parseAddress(text) as Uint8Array).buffer), 0)
    const between = (a: string, b: string) => addresses.gateway(address(a), address(b))
    expect(between('10.1.0.1', '8.8.8.8')).toBe('wide')
    expect(between('10.1.0.1', '10.2.0.1')).toBe('')
    expect(between('10.2.0.1', '10.1.0.1')).toBe('narrow')
    expect(between('10.2.0.1', '10.2.0.2')).toBe('')
    expect(between('fd00::1', '2001:db8:1::1')).toBe('narrow')
    expect(between('11.0.0.1', '8.8.8.8')).toBe('')
    expect(table.address('r', key('100.64.0.1'))).toEqual({
      class: 'nat',
      name: 'wide',
      zone: 'a',
      region: 'r1',
      cluster: 'c',
      gateway: 'wide',
    })
    expect(table.address('r', key('2001:db8::2'))).toMatchObject({ class: 'nat', gateway: 'narrow' })
  })

  it('takes the same said twice, and a gateway address told of as a range', () => {
    const twice = '- { cidr: 10.0.0.0/8, class: private, zone: a }\n'
    const range = '- { cidr: 100.64.0.1/32, class: nat, name: n }\n'
    parseCidrs(`ranges:\n${twice}${twice}${range}nat_gateways: [{ name: n, addresses: [100.64.0.1/32] }]`, 'x')
  })
})

it('takes the example of the documentation', () => {
  const docs = readFileSync(new URL('../../../../docs/addresses.md', import.meta.url), 'utf8')
  const table = parseCidrs(/```yaml\n(.*?)```/s.exec(docs)?.[1] ?? '', 'docs/addresses.md')
  const names = ['203.0.113.10', '10.9.7.1', '100.64.0.1'].map((address) => named(table, address))
  expect(names).toEqual(['payment-provider', 'ledger', 'nat-shop'])
})

describe('what is wrong is said with its entry and what is allowed', () => {
  const range = (text: string) => problem(`ranges:\n  - { cidr: 10.0.0.0/8, class: private }\n  - ${text}`)
  const gateway = (text: string) => problem(`nat_gateways: [${text}]`)
  it.each([
    [() => problem('- a'), ['takes keys and values: ranges, nat_gateways']],
    [() => problem('range: []'), ['unknown key "range"', 'ranges, nat_gateways']],
    [() => problem('ranges: {}'), ['ranges: takes a list']],
    [() => problem('ranges: [10.0.0.0/8]'), ['ranges[0] "10.0.0.0/8"', 'cidr, class']],
    [() => problem('ranges: [\n'), ['cidrs.yaml']],
    [() => problem('ranges: &a [*a]'), ['cidrs.yaml']],
    [
      () => range('{ cidr: 11.0.0.0/8, class: public }'),
      ['ranges[1] {"cidr":"11.0.0.0/8"', 'class', 'internet, private, nat, service'],
    ],
    [() => range('{ cidr: 11.0.0.0/8 }'), ['ranges[1]', 'class', 'takes one of']],
    [() => range('{ class: nat }'), ['ranges[1]', 'cidr', '10.0.0.0/8']],
    [() => range('{ cidr: 11, class: nat }'), ['ranges[1]', 'cidr', '10.0.0.0/8']],
    [() => range('{ cidr: 11.1.0.0/8, class: nat }'), ['ranges[1]', '11.0.0.0/8']],
    [() => range('{ cidr: 11.0.0.0/8, class: nat, zones: a }'), ['ranges[1]', '"zones"', 'zone, region']],
    [() => range('{ cidr: 11.0.0.0/8, class: nat, name: "a b" }'), ['ranges[1]', 'name', 'without spaces']],
    [() => range('{ cidr: 11.0.0.0/8, class: nat, zone: "" }'), ['ranges[1]', 'zone', '1 to 253']],
    [
      () => range('{ cidr: 10.0.0.0/8, class: internet }'),
      ['ranges[1] {"cidr":"10.0.0.0/8","class":"internet"}', 'is in ranges[0]', 'one entry a realm'],
    ],
    [() => gateway('{ name: n }'), ['nat_gateways[0]', 'addresses', 'list of ranges']],
    [() => gateway('{ name: n, addresses: [] }'), ['nat_gateways[0]', 'addresses', 'at least one']],
    [() => gateway('{ addresses: [1.2.3.4/32] }'), ['nat_gateways[0]', 'name']],
    [() => gateway('{ name: n, addresses: [1.2.3.4/32, x] }'), ['nat_gateways[0]', 'addresses.1', '"x"']],
    [() => gateway('{ name: n, addresses: [1.2.3.4/32], client: [] }'), ['"client"', 'clients, except']],
    [
      () => gateway('{ name: n, addresses: [1.2.3.4/32] }, { name: m, addresses: [1.2.3.4/32] }'),
      ['nat_gateways[1]', '1.2.3.4/32 is in nat_gateways[0]'],
    ],
    [
      () =>
        gateway(
          '{ name: n, addresses: [1.2.3.4/32], clients: [10.0.0.0/8] }, { name: m, addresses: [1.2.3.5/32], clients: [10.0.0.0/8] }',
        ),
      ['nat_gateways[1]', '10.0.0.0/8 is in nat_gateways[0]'],
    ],
    [
      () =>
        problem(
          'ranges: [{ cidr: 1.2.3.4/32, class: internet }]\nnat_gateways: [{ name: n, addresses: [1.2.3.4/32] }]',
        ),
      ['nat_gateways[0]', 'is in ranges[0]'],
    ],
  ])('case %#', (run, parts) => {
    const message = run()
    for (const part of ['cidrs.yaml', ...parts]) expect(message).toContain(part)
  })

  it('tells of many entries at once, but not of thousands', () => {
    const message = problem(`ranges:\n${'  - { cidr: x, class: y }\n'.repeat(2000)}`)
    expect(message.split('\n').length).toBe(21)
    expect(message).toContain('and 3980 more')
  })

  it('says that the file cannot be read', () => {
    expect(() => readCidrs('/nonexistent/cidrs.yaml')).toThrow(/cidrs: \/nonexistent\/cidrs.yaml: cannot be read/)
    expect(() => readCidrs('/')).toThrow(UserError)
  })
})
