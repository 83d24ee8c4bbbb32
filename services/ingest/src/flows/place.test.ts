import { describe, expect, it } from 'vitest'
import { parseCidrs } from '../cidrs/index.js'
import { JoinBench, T } from '../testing/join-bench.js'
import { pathBetween } from './path-class.js'

const at = (text: string) => {
  const [zone = '', region = ''] = text.split('@')
  return { zone, region }
}

it.each([
  ['a@x', 'a@x', 'same-zone'],
  ['a@x', 'b@x', 'cross-zone'],
  ['a@x', 'a@y', 'cross-region'],
  ['a@x', '@y', 'cross-region'],
  ['@x', '@y', 'cross-region'],
  ['a@x', '@x', 'unknown'],
  ['a', 'a', 'same-zone'],
  ['a', 'b', 'cross-zone'],
  ['a', 'a@x', 'unknown'],
  ['a', '', 'unknown'],
  ['', '', 'unknown'],
])('between %s and %s it is %s, either way', (a, b, path) => {
  expect([pathBetween(at(a), at(b)), pathBetween(at(b), at(a))]).toEqual([path, path])
})

const web = { kind: 'listener', address: '0.0.0.0', port: 80, process: 'nginx' } as const
const A = { instance: 'ia', node: 'a', zone: 'a', region: 'x' }

describe('where the other end is', () => {
  it('is where its holder is', () => {
    const bench = new JoinBench()
    bench.knows({ zone: 'b', region: 'x' })
    expect(bench.join(A, bench.flow())[0]).toMatchObject({ node: 'b', zone: 'b', region: 'x', path: 'cross-zone' })
  })

  it('is where its own rows say, by the connection or by an address in them', () => {
    const bench = new JoinBench()
    const B = { instance: 'ib', node: 'b', zone: 'a', region: 'y', cluster: 'other' }
    bench.join(B, bench.served({ connection_id: 5n }))
    for (const flow of [bench.flow({ connection_id: 5n }), bench.flow({ connection_id: 6n })])
      expect(bench.join(A, flow)[0]).toMatchObject({
        node: 'b',
        cluster: 'other',
        zone: 'a',
        region: 'y',
        path: 'cross-region',
      })
  })

  it('is where the table says, where no agent is', () => {
    const bench = new JoinBench(
      parseCidrs(
        `ranges:
          - { cidr: 10.9.0.0/16, class: private, zone: a, region: x, cluster: legacy }
          - { cidr: 10.9.1.0/24, class: service, name: ledger, zone: b, region: x }
          - { cidr: 203.0.113.10/32, class: internet, name: payment-provider, zone: q, region: r }`,
        'x',
      ),
    )
    const join = (remote: string) => bench.join(A, bench.flow({ remote }))[0]
    const unseen = { process: '', node: '', counted: 1 }
    expect(join('10.9.0.1')).toMatchObject({
      ...unseen,
      remote: '10.9.0.1',
      cluster: 'legacy',
      zone: 'a',
      class: 'private',
      path: 'same-zone',
    })
    expect(join('10.9.1.1')).toMatchObject({ ...unseen, remote: 'ledger', class: 'service', path: 'cross-zone' })
    expect(join('203.0.113.10')).toMatchObject({
      ...unseen,
      remote: 'payment-provider',
      zone: 'q',
      class: 'internet',
      path: 'internet',
    })
    expect(join('203.0.113.11')).toMatchObject({ ...unseen, remote: 'internet', zone: '', path: 'internet' })
    expect(join('10.8.0.1')).toMatchObject({ ...unseen, remote: '10.8.0.1', class: 'private', path: 'unknown' })
  })

  it('takes an agent before the table, and the table for what the agent does not know', () => {
    const bench = new JoinBench(
      parseCidrs('ranges: [{ cidr: 0.0.0.0/0, class: internet, name: outside, zone: t, region: x }]', 'x'),
    )
    bench.knows({ address: '8.8.8.8', zone: 'b', region: 'x' })
    bench.knows({ address: '8.8.4.4' })
    bench.knows({ ...web, service: 'web' })
    const join = (remote: string, port: number) => bench.join(A, bench.flow({ remote, remote_port: port }))[0]
    expect(join('8.8.8.8', 80)).toMatchObject({ remote: 'web', zone: 'b', node: 'b', path: 'cross-zone' })
    expect(join('8.8.4.4', 81)).toMatchObject({ remote: 'outside', zone: 't', node: 'b', path: 'cross-zone' })
    expect(join('127.0.0.1', 80)).toMatchObject({ remote: '127.0.0.1', class: 'loopback', path: 'loopback' })
  })

  it('keeps an agent that knows its zone alone from the region of the table', () => {
    const bench = new JoinBench(parseCidrs('ranges: [{ cidr: 10.0.0.0/8, class: private, zone: t, region: x }]', 'x'))
    bench.knows({ zone: 'b' })
    expect(bench.join(A, bench.flow())[0]).toMatchObject({ zone: 'b', region: '', path: 'unknown' })
  })

  it('tells what stays in a network namespace, and on a node', () => {
    const bench = new JoinBench()
    bench.knows({ node: 'a', instance: 'ia', netns: 1, address: '10.0.0.1' })
    bench.knows({ node: 'a', instance: 'ia', netns: 2, address: '172.17.0.2' })
    const path = (remote: string, netns = 1) => bench.join(A, bench.flow({ remote, netns }))[0]?.path
    expect([path('10.0.0.1'), path('10.0.0.1', 2), path('172.17.0.2'), path('172.17.0.2', 2)]).toEqual([
      'loopback',
      'same-node',
      'same-node',
      'loopback',
    ])
    expect([path('127.0.0.1'), path('::1')]).toEqual(['loopback', 'loopback'])
    const id = { connection_id: 3n }
    bench.join(A, bench.served({ ...id, netns: 7, local: '192.168.0.9' }))
    const by = (netns: number) => bench.join(A, bench.flow({ ...id, netns, remote: '192.168.0.9' }))[0]?.path
    expect([by(7), by(8)]).toEqual(['loopback', 'same-node'])
  })

  it('does not take a node of another cluster for its own', () => {
    const bench = new JoinBench()
    bench.knows({ node: 'a', cluster: 'other', zone: 'b', region: 'x' })
    bench.knows({ ...web, node: 'a', cluster: 'other', service: 'theirs' })
    bench.knows({ ...web, node: 'a', cluster: 'test', service: 'ours' })
    expect(bench.join(A, bench.flow())[0]).toMatchObject({ remote: 'theirs', cluster: 'other', path: 'cross-zone' })
  })
})

describe('who the other end is', () => {
  it('is the service, namespace and container of the listener', () => {
    const bench = new JoinBench()
    bench.knows({})
    bench.knows({ ...web, service: 'shop', namespace: 'prod', container_name: 'shop-1' })
    bench.knows({ ...web, port: 81, process: 'old' })
    const join = (remote_port: number) => bench.join(A, bench.flow({ remote_port }))[0]
    const shop = { remote: 'shop', process: 'nginx', namespace: 'prod', container: 'shop-1' }
    expect(join(80)).toMatchObject(shop)
    expect(join(81)).toMatchObject({ remote: 'old', process: 'old', namespace: '', container: '' })
    expect(join(82)).toMatchObject({ remote: '10.0.0.2', process: '' })
  })

  it('is what its own rows say of it', () => {
    const bench = new JoinBench()
    const told = { local_service: 'shop', local_namespace: 'prod', container_name: 'shop-1', connection_id: 4n }
    bench.join({ instance: 'ib', node: 'b' }, bench.served(told))
    const seen = { remote: 'shop', process: 'nginx', namespace: 'prod', container: 'shop-1' }
    expect(bench.join(A, bench.flow({ connection_id: 4n }))[0]).toMatchObject(seen)
  })

  it('is who the address was given to, for a client that is only known by it', () => {
    const bench = new JoinBench()
    bench.knows({ address: '10.0.0.1', service: 'batch', container_name: 'batch-1' })
    const row = bench.join({ instance: 'ic', node: 'c' }, bench.served())[0]
    expect(row).toMatchObject({ remote: 'batch', container: 'batch-1', node: 'b' })
  })

  it('is by the port where processes share the addresses of a node', () => {
    const bench = new JoinBench()
    bench.knows({})
    bench.knows({ address: '10.0.0.3' })
    for (const [port, service] of [
      [80, 'web'],
      [81, 'cart'],
      [9090, 'metrics'],
    ] as const)
      bench.knows({ ...web, port, service })
    bench.knows({ ...web, address: '10.0.0.3', port: 80, service: 'admin' })
    bench.knows({ ...web, port: 81, service: 'later', valid_from: T + 1000 })
    const join = (remote: string, remote_port: number, time = T) =>
      bench.join(A, bench.flow({ remote, remote_port, time }))[0]?.remote
    expect([join('10.0.0.2', 80), join('10.0.0.2', 81), join('10.0.0.3', 9090), join('10.0.0.3', 80)]).toEqual([
      'web',
      'cart',
      'metrics',
      'admin',
    ])
    expect([join('10.0.0.2', 81, T + 999), join('10.0.0.2', 81, T + 1000)]).toEqual(['cart', 'later'])
  })
})
