import { describe, expect, it } from 'vitest'
import { parseCidrs } from '../cidrs/index.js'
import { JoinBench, T } from '../testing/join-bench.js'

const table = `ranges:
  - { cidr: 198.51.100.0/24, class: nat }
  - { cidr: 198.51.100.9/32, class: nat, name: their-proxy, zone: b, region: x }
nat_gateways:
  - name: nat-shop
    addresses: [100.64.0.1/32]
    clients: [10.1.0.0/16]
    except: [10.1.0.0/16]
    zone: b
    region: x
    cluster: shop`

const shop = { instance: 'ishop', node: 's1', cluster: 'shop', zone: 'a', region: 'x' }
const pay = { instance: 'ipay', node: 'p1', cluster: 'pay', zone: 'b', region: 'x' }

function clusters(): JoinBench {
  const bench = new JoinBench(parseCidrs(table, 'x'))
  bench.knows({ ...at(shop), address: '10.1.0.5' })
  bench.knows({ ...at(pay), address: '10.2.0.7' })
  bench.knows({ ...at(pay), kind: 'listener', address: '0.0.0.0', port: 80, process: 'node', service: 'payments' })
  bench.identity.leases.hear('ishop', T)
  bench.identity.leases.hear('ipay', T)
  return bench
}
const at = ({ instance, node, cluster, zone, region }: typeof shop) => ({ instance, node, cluster, zone, region })

/** One connection through the gateway: the client's end sees the server, the server's end sees the gateway. */
const out = { connection_id: 42n, local: '10.1.0.5', remote: '10.2.0.7', local_service: 'checkout' }
const into = {
  connection_id: 42n,
  local: '10.2.0.7',
  remote: '100.64.0.1',
  remote_port: 61_000,
  local_service: 'payments',
}

describe('across a NAT gateway the two ends stay two edges', () => {
  const client = {
    counted: 1,
    local: 'checkout',
    remote: 'payments',
    node: 'p1',
    cluster: 'pay',
    class: 'private',
    path: 'cross-zone',
    gateway: 'nat-shop',
  }
  const server = {
    counted: 0,
    local: 'payments',
    remote: 'nat-shop',
    process: '',
    node: '',
    cluster: 'shop',
    zone: 'b',
    region: 'x',
    class: 'nat',
    path: 'same-zone',
    gateway: 'nat-shop',
  }

  it('whichever is told of first', () => {
    const first = clusters()
    expect(first.join(shop, first.flow(out))[0]).toMatchObject(client)
    expect(first.join(pay, first.served(into))[0]).toMatchObject(server)
    expect(first.join(shop, first.flow({ ...out, time: T + 1 }))[0]).toEqual(first.join(shop, first.flow(out))[0])

    const second = clusters()
    expect(second.join(pay, second.served(into))[0]).toMatchObject(server)
    expect(second.join(shop, second.flow(out))[0]).toMatchObject(client)
    expect(second.join(pay, second.served(into))[0]).toMatchObject(server)
  })

  it('counts one of them, also after the lease of the client has ended', () => {
    const bench = clusters()
    const late = T + 60_000
    const server = bench.join(
      pay,
      bench.served({ ...into, time: late }),
      bench.served({ ...into, remote: '10.1.0.5', time: late }),
    )
    expect(server.map((r) => r.counted)).toEqual([0, 1])
  })

  it('still finds the other end of a connection that goes no such way', () => {
    const bench = clusters()
    bench.join(pay, bench.served({ ...into, remote: '10.1.0.5' }))
    bench.join(shop, bench.flow(out))
    const seen = bench.join(pay, bench.served({ ...into, remote: '10.1.0.5' }))[0]
    expect(seen).toMatchObject({ remote: 'checkout', node: 's1', counted: 0, gateway: '', class: 'private' })
  })
})

describe('the gateway of a row', () => {
  const bench = clusters()
  const gateway = (remote: string, over = {}) =>
    bench.join(shop, bench.flow({ ...out, connection_id: 0n, remote, ...over }))[0]

  it('is that of the client, for what goes out', () => {
    expect(gateway('8.8.8.8')).toMatchObject({ gateway: 'nat-shop', path: 'internet', remote: 'internet' })
    expect(gateway('10.3.0.1')).toMatchObject({ gateway: 'nat-shop', path: 'unknown' })
  })

  it('is none within its clients, on the node, or where no address was got', () => {
    expect(gateway('10.1.7.7')).toMatchObject({ gateway: '' })
    expect(gateway('127.0.0.1')).toMatchObject({ gateway: '', path: 'loopback' })
    bench.knows({ ...at(shop), address: '172.17.0.2', netns: 9 })
    expect(gateway('172.17.0.2')).toMatchObject({ gateway: '', path: 'same-node' })
    expect(gateway('0.0.0.0')).toMatchObject({ gateway: '', class: 'unspecified' })
    expect(gateway('8.8.8.8', { local: '10.7.0.1' })).toMatchObject({ gateway: '' })
  })

  it('goes by the part that a peer plays', () => {
    const peer = { side: 'peer' as const, connection_id: 0n }
    const lower = bench.join(shop, bench.flow({ ...out, ...peer, local: '10.1.0.5', remote: '10.2.0.7' }))[0]
    const higher = bench.join(pay, bench.served({ ...into, ...peer, local: '192.168.0.7' }))[0]
    expect(lower).toMatchObject({ gateway: 'nat-shop', counted: 1 })
    expect(higher).toMatchObject({ gateway: 'nat-shop', counted: 0, remote: 'nat-shop' })
  })

  it('is not known of a range that is only said to be a NAT’s', () => {
    const seen = (remote: string) => bench.join(pay, bench.served({ ...into, remote }))[0]
    expect(seen('198.51.100.1')).toMatchObject({ remote: '198.51.100.1', class: 'nat', gateway: '', counted: 0 })
    expect(seen('198.51.100.9')).toMatchObject({ remote: 'their-proxy', path: 'same-zone', gateway: '', counted: 0 })
  })
})
