import type { EndpointInput } from '@headwater/contracts'
import { beforeEach, describe, expect, it } from 'vitest'
import type { IdentityTables } from '../identity/tables.js'
import type { BatchSpec, FlowSpec } from '../testing/index.js'
import { JoinBench, T } from '../testing/join-bench.js'

const web = { kind: 'listener', address: '0.0.0.0', port: 80, process: 'nginx' } as const
const A: BatchSpec = { instance: 'ia', sequence: 1, node: 'a' }
const B: BatchSpec = { instance: 'ib', sequence: 1, node: 'b' }

let bench: JoinBench
let identity: IdentityTables
beforeEach(() => {
  bench = new JoinBench()
  identity = bench.identity
})

const knows = (over: Partial<EndpointInput>) => bench.knows(over)
const join = (spec: BatchSpec, ...flows: FlowSpec[]) => bench.join(spec, ...flows)
const flow = (over: Partial<FlowSpec> = {}) => new JoinBench().flow(over)
const served = (over: Partial<FlowSpec> = {}) => new JoinBench().served(over)

describe('who is at the other end', () => {
  it('names the listener of a known address', () => {
    knows({})
    knows(web)
    expect(join(A, flow({}))[0]).toEqual({
      counted: 1,
      local: 'curl',
      remote: 'nginx',
      process: 'nginx',
      node: 'b',
      cluster: 'test',
      namespace: '',
      container: '',
      zone: '',
      region: '',
      class: 'private',
      path: 'unknown',
      gateway: '',
    })
  })

  it('invents no names', () => {
    const unknown = { process: '', node: '', cluster: '' }
    expect(join(A, flow({}))[0]).toMatchObject({ remote: '10.0.0.2', ...unknown, class: 'private' })
    expect(join(A, flow({ remote: 'fd00::1' }))[0]).toMatchObject({ remote: 'fd00::1', ...unknown })
    const internet = { remote: 'internet', ...unknown, class: 'internet', path: 'internet' }
    expect(join(A, flow({ remote: '2001:db8::1' }))[0]).toMatchObject(internet)
    expect(join(B, served({ remote: '8.8.8.8' }))[0]).toMatchObject(internet)
    expect(join(A, flow({ process: '' }))[0]).toMatchObject({ local: '10.0.0.1' })
    expect(join(B, served())[0]).toMatchObject({ local: 'nginx', remote: '10.0.0.1', process: '' })
    knows({})
    expect(join(A, flow({}))[0]).toMatchObject({ remote: '10.0.0.2', process: '', node: 'b' })
  })

  it('names who listened there last where an attempt fails, and nothing else', () => {
    knows({})
    knows({ ...web, valid_from: T - 100_000, valid_to: T - 60_000, process: 'older' })
    knows({ ...web, valid_from: T - 60_000, valid_to: T - 5_000 })
    const failed = { connects: 0, failures: 1, failure_reason: 'refused' }
    expect(join(A, flow(failed), flow())).toMatchObject([{ remote: 'nginx' }, { remote: '10.0.0.2' }])
    expect(join(A, flow({ ...failed, remote_port: 81 }))[0]).toMatchObject({ remote: '10.0.0.2' })
  })

  it('forgets who listened there after an hour', () => {
    knows({})
    knows({ ...web, valid_from: T - 8_000_000, valid_to: T - 3_600_001 })
    expect(join(A, flow({ failures: 1 }))[0]).toMatchObject({ remote: '10.0.0.2' })
  })

  it('takes a server whose owner its agent had not found yet for who listens there, at both ends', () => {
    knows({})
    knows(web)
    const id = { connection_id: 78n }
    expect(join(B, served({ ...id, process: '' }))[0]).toMatchObject({ local: 'nginx' })
    expect(join(A, flow(id))[0]).toMatchObject({ remote: 'nginx', node: 'b' })
    expect(join(B, served({ process: '', local_port: 81 }))[0]).toMatchObject({ local: '10.0.0.2' })
  })

  it('keeps every namespace to its own loopback', () => {
    const loop = { remote: '127.0.0.1', local: '127.0.0.1' }
    knows({ ...web, node: 'a' })
    knows({ ...web, node: 'a', netns: 2, process: 'other' })
    knows({ ...web, node: 'b', netns: 3, process: 'elsewhere' })
    const rows = join(A, flow(loop), flow({ ...loop, netns: 2 }), flow({ ...loop, netns: 3 }))
    expect(rows.map((r) => r.remote)).toEqual(['nginx', 'other', '127.0.0.1'])
    expect(rows[2]).toMatchObject({ node: 'a', class: 'loopback' })
  })

  it('names nobody where several nodes hold the address, but the own node first', () => {
    knows({ node: 'b' })
    knows({ node: 'c', instance: 'ic' })
    knows({ ...web, node: 'b' })
    expect(join(A, flow({}))[0]).toMatchObject({ remote: '10.0.0.2', node: '' })
    identity.leases.hear('ib', T)
    expect(join(A, flow({}))[0]).toMatchObject({ remote: 'nginx', node: 'b' })
    expect(join({ ...A, instance: 'ic', node: 'c' }, flow({}))[0]).toMatchObject({ remote: '10.0.0.2', node: 'c' })
  })

  it('names the client of a connection that both ends told of, whatever the order in one batch', () => {
    const id = { connection_id: 77n }
    expect(join(B, served(id))[0]).toMatchObject({ remote: '10.0.0.1', process: '' })
    expect(join(A, flow(id))[0]).toMatchObject({ remote: 'nginx', process: 'nginx', node: 'b' })
    expect(join({ ...B, sequence: 2 }, served(id))[0]).toMatchObject({ remote: 'curl', process: 'curl', node: 'a' })
    const both = join({ ...A, sequence: 2 }, served({ connection_id: 9n }), flow({ connection_id: 9n }))
    expect(both.map((r) => r.process)).toEqual(['curl', 'nginx'])
  })

  it('names who called from there before where the server’s row comes first', () => {
    const later = (connection_id: bigint) => served({ connection_id })
    join(A, flow({ connection_id: 1n, connects: 1 }))
    expect(join(B, later(2n))[0]).toMatchObject({ remote: 'curl', process: 'curl', node: 'a' })
    expect(join(B, { ...later(3n), local_port: 81 })[0]).toMatchObject({ remote: '10.0.0.1', process: '' })
    join({ ...A, sequence: 2 }, flow({ connection_id: 4n, connects: 1, process: 'wget' }))
    expect(join(B, later(5n))[0]).toMatchObject({ remote: '10.0.0.1', process: '', node: 'a' })
    expect(join(B, later(4n))[0]).toMatchObject({ remote: 'wget' })
  })

  it('keeps realms apart', () => {
    knows({ realm: 'elsewhere' })
    knows({ ...web, realm: 'elsewhere' })
    expect(join(A, flow({}))[0]).toMatchObject({ remote: '10.0.0.2', node: '' })
  })
})

describe('counted, where the server’s row comes before anything is known of its client', () => {
  const id = { connection_id: 5n }
  const counts = (rows: { counted: unknown }[]) => rows.map((row) => row.counted)

  it('goes on with the server’s rows for that connection, and with the clients’ for others', () => {
    expect(counts(join(B, served({ ...id, time: T })))).toEqual([1])
    expect(counts(join(A, flow({ ...id, time: T + 1 }), flow({ connection_id: 6n, time: T + 1 })))).toEqual([0, 1])
    const later = [served({ ...id, time: T + 5_000 }), served({ connection_id: 6n, time: T + 5_000 })]
    expect(counts(join({ ...B, sequence: 2 }, ...later))).toEqual([1, 0])
    expect(counts(join({ ...A, sequence: 2 }, flow({ ...id, time: T + 5_001 })))).toEqual([0])
  })

  it('takes the client’s rows once the server’s agent is gone', () => {
    expect(counts(join(B, served({ ...id, time: T })))).toEqual([1])
    expect(counts(join(A, flow({ ...id, time: T + 30_000 }), flow({ ...id, time: T + 30_001 })))).toEqual([0, 1])
  })

  it('cannot tell where the connection has no id', () => {
    expect(counts(join(B, served({ time: T })))).toEqual([1])
    expect(counts(join(A, flow({ time: T + 1 })))).toEqual([1])
  })
})

describe('counted', () => {
  const client = { kind: 'node-address', address: '10.0.0.1', node: 'a', instance: 'ia' } as const
  /** What is known before; the rows of one batch; which of them count. */
  const cases: [string, () => void, BatchSpec, FlowSpec[], number[]][] = [
    ['the client', () => undefined, A, [flow({})], [1]],
    ['the server of a client that nobody watches', () => undefined, B, [served()], [1]],
    [
      'not the server of a watched client',
      () => {
        knows(client)
        identity.leases.hear('ia', T - 20_000)
      },
      B,
      [served({ time: T }), served({ time: T + 10_000 }), served({ time: T + 10_001 })],
      [0, 0, 1],
    ],
    [
      'the server before the agent of the client started',
      () => {
        knows({ ...client, valid_from: T })
        identity.leases.hear('ia', T + 5000, T)
      },
      B,
      [served({ time: T - 1 }), served({ time: T })],
      [1, 0],
    ],
    [
      'the server after that agent stopped',
      () => {
        knows(client)
        identity.leases.stop('ia', T, T - 60_000)
      },
      B,
      [served({ time: T }), served({ time: T + 1 })],
      [0, 1],
    ],
    [
      'the server between two instances, the first of which stopped',
      () => {
        knows(client)
        identity.leases.stop('ia', T, T - 60_000)
        knows({ ...client, instance: 'ia2', valid_from: T + 5000 })
        identity.leases.hear('ia2', T + 5000)
      },
      B,
      [served({ time: T + 2000 }), served({ time: T + 5000 })],
      [1, 0],
    ],
    [
      'the server once the watched node has lost the address',
      () => {
        knows({ ...client, valid_to: T })
        identity.leases.hear('ia', T, T - 60_000)
      },
      B,
      [served({ time: T - 1 }), served({ time: T })],
      [0, 1],
    ],
    [
      'not the server where the client is on the same node, though no endpoint says so',
      () => undefined,
      B,
      [served({ remote: '10.0.0.2', remote_port: 40_000 }), flow({ local: '10.0.0.2', remote: '10.0.0.2' })],
      [0, 1],
    ],
    [
      'not the server of a client in another namespace of the node, seen in the same batch later',
      () => undefined,
      B,
      [served({ remote: '172.17.0.9' }), flow({ local: '172.17.0.9', netns: 5 })],
      [0, 1],
    ],
    [
      'not the server of a loopback client, IPv4 or IPv6',
      () => undefined,
      B,
      [served({ local: '127.0.0.1', remote: '127.0.0.1' }), served({ local: '::1', remote: '::1' })],
      [0, 0],
    ],
    [
      'of watched peers the lower address, then the lower port',
      () => {
        knows(client)
        knows({})
        identity.leases.hear('ia', T)
        identity.leases.hear('ib', T)
      },
      A,
      [
        flow({ side: 'peer', local: '10.0.0.1', remote: '10.0.0.2' }),
        flow({ side: 'peer', local: '10.0.0.2', remote: '10.0.0.1' }),
        flow({ side: 'peer', local: '10.0.0.1', remote: '10.0.0.1', local_port: 5, remote_port: 6 }),
        flow({ side: 'peer', local: '10.0.0.1', remote: '10.0.0.1', local_port: 6, remote_port: 5 }),
        flow({ side: 'peer', local: '10.0.0.1', remote: '10.0.0.1', local_port: 5, remote_port: 5 }),
      ],
      [1, 0, 1, 0, 1],
    ],
    [
      'the higher peer too where nobody watches the lower',
      () => undefined,
      B,
      [flow({ side: 'peer', local: '10.0.0.2', remote: '10.0.0.1' })],
      [1],
    ],
    [
      'the server where another realm watches that address',
      () => {
        knows({ ...client, realm: 'elsewhere' })
        identity.leases.hear('ia', T)
      },
      B,
      [served()],
      [1],
    ],
  ]
  it.each(cases)('%s', (_, before, spec, flows, expected) => {
    before()
    expect(join(spec, ...flows).map((r) => r.counted)).toEqual(expected)
  })

  it('counts a connection once that both ends tell of', () => {
    const sum = [...join(A, flow({})), ...join(B, served())].reduce((n, r) => n + (r.counted ?? 0), 0)
    expect(sum).toBe(1)
  })
})
