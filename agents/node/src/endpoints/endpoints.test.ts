import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { NOBODY, ProcessIdentity } from '../identity/process-identity.js'
import { parseAddress } from './address.js'
import { Endpoints } from './endpoints.js'
import { ownInterfaces } from './interfaces.js'
import { type ListenerSocket, Listeners } from './listeners.js'
import { NodeAddresses } from './node-addresses.js'

const identity = { cluster: 'c', node: 'n', realm: 'r', zone: 'z', region: 'g' }
const named = (process: string) => new ProcessIdentity(process, true)
const words = (text: string) => parseAddress(text)!

function setUp() {
  const endpoints = new Endpoints(identity, 'i-1')
  const addresses = new NodeAddresses(endpoints)
  const listeners = new Listeners(endpoints, addresses)
  const take = (connected = true) =>
    endpoints.take(connected).map((m) => {
      const e = JSON.parse(Buffer.from(m.value).toString())
      return `${e.kind} ${e.netns} ${e.address}:${e.port} ${e.process} ${e.valid_from}-${e.valid_to ?? ''}`
    })
  return { endpoints, addresses, listeners, take }
}

/** Shown by a walk, at so many ms since boot. */
const walked = (at: number) => ({ at, walked: true })

const socket = (over: Partial<ListenerSocket> = {}): ListenerSocket => ({
  cookie: '1',
  netns: 5,
  address: words('0.0.0.0'),
  port: 80,
  pid: 10,
  identity: named('nginx'),
  backlog: 0,
  backlog_max: 511,
  handshakes: 0,
  drops: 0,
  ...over,
})

test('an address is published once per namespace, with the loopbacks of that namespace, and no link-local one', () => {
  const { addresses, take } = setUp()
  const saw = (netns: number, text: string) => addresses.saw(netns, ...words(text), 100)
  saw(5, '10.0.0.1')
  saw(5, '10.0.0.1')
  saw(5, '127.0.0.1')
  saw(5, 'fe80::1')
  saw(6, '10.0.0.1')
  expect(take()).toEqual([
    'node-address 5 127.0.0.1:0  100-',
    'node-address 5 ::1:0  100-',
    'node-address 5 10.0.0.1:0  100-',
    'node-address 6 127.0.0.1:0  100-',
    'node-address 6 ::1:0  100-',
    'node-address 6 10.0.0.1:0  100-',
  ])
  expect(take()).toEqual([])
  expect([5, 6, 7].map((netns) => addresses.has(netns, words('10.0.0.1')))).toEqual([true, true, false])
})

test('addresses that are no longer seen end, with the loopbacks of their namespace', () => {
  const { addresses, take } = setUp()
  const saw = (netns: number, text: string, time: number) => addresses.saw(netns, ...words(text), time)
  saw(5, '10.0.0.1', 1)
  saw(6, '10.0.0.1', 1)
  saw(6, '10.0.0.2', 1)
  take()
  addresses.rotate(2)
  saw(5, '10.0.0.1', 3)
  addresses.rotate(4)
  expect(take().toSorted()).toEqual([
    'node-address 6 10.0.0.1:0  1-4',
    'node-address 6 10.0.0.2:0  1-4',
    'node-address 6 127.0.0.1:0  1-4',
    'node-address 6 ::1:0  1-4',
  ])
  expect([5, 6].map((netns) => addresses.has(netns, words('10.0.0.1')))).toEqual([true, false])
  saw(6, '10.0.0.2', 5)
  expect(take()).toContain('node-address 6 10.0.0.2:0  5-')
})

test("the interfaces of this process's namespace", async () => {
  const { addresses, endpoints, take } = setUp()
  const own = await ownInterfaces()
  addresses.scan(1, own)
  expect(endpoints.live).toBeGreaterThanOrEqual(2)
  expect(take()[0]).toBe(`node-address ${statSync('/proc/self/ns/net').ino} 127.0.0.1:0  1-`)
  expect(own).toHaveLength(1)
})

test('the interfaces of namespaces, with the loopbacks of one whose interfaces are all down', () => {
  const { addresses, take } = setUp()
  const interfaces = [
    { netns: 5, addresses: ['127.0.0.1', '::1', '10.0.0.1', 'fe80::1', '2001:db8::1'] },
    { netns: 6, addresses: [] },
  ]
  addresses.scan(1, interfaces)
  addresses.scan(2, interfaces)
  expect(take()).toEqual([
    'node-address 5 127.0.0.1:0  1-',
    'node-address 5 ::1:0  1-',
    'node-address 5 10.0.0.1:0  1-',
    'node-address 5 2001:db8::1:0  1-',
    'node-address 6 127.0.0.1:0  1-',
    'node-address 6 ::1:0  1-',
  ])
  addresses.rotate(3)
  addresses.scan(3, interfaces.slice(0, 1))
  addresses.rotate(4)
  expect(take().toSorted()).toEqual(['node-address 6 127.0.0.1:0  1-4', 'node-address 6 ::1:0  1-4'])
})

test('a listener lives until the last of its sockets is gone', () => {
  const { listeners, take } = setUp()
  listeners.heard(socket(), 100, walked(100))
  listeners.heard(socket({ cookie: '2', pid: 11, identity: named('nginx-b') }), 110, walked(110))
  listeners.heard(socket(), 120, walked(120))
  expect(take()).toEqual(['listener 5 0.0.0.0:80 nginx 100-'])
  listeners.gone(5, words('0.0.0.0'), 80, '1', 130)
  expect(take()).toEqual(['listener 5 0.0.0.0:80 nginx-b 100-'])
  listeners.gone(5, words('0.0.0.0'), 80, '2', 140)
  listeners.gone(5, words('0.0.0.0'), 80, '2', 150)
  expect(take()).toEqual(['listener 5 0.0.0.0:80 nginx-b 100-140'])
  expect([listeners.size, listeners.hasPort(80)]).toEqual([0, false])
})

test('what a walk is the first to show was there since the agent began: flows of its first moments have its name', () => {
  const { listeners, take } = setUp()
  listeners.since = 40
  listeners.heard(socket(), 100, walked(100))
  listeners.heard(socket({ cookie: '2', port: 81 }), 120, { at: 120, walked: false })
  expect(take()).toEqual(['listener 5 0.0.0.0:80 nginx 40-', 'listener 5 0.0.0.0:81 nginx 120-'])
})

test('an owner that is learnt later replaces the endpoint', () => {
  const { listeners, take } = setUp()
  listeners.heard(socket({ pid: 0, identity: NOBODY }), 100, walked(100))
  listeners.heard(socket(), 200, walked(200))
  expect(take()).toEqual(['listener 5 0.0.0.0:80 nginx 100-'])
  listeners.heard(socket({ pid: 12, identity: named('worker') }), 300, walked(300))
  expect(take()).toEqual(['listener 5 0.0.0.0:80 worker 100-'])
})

test('after a lost message every live endpoint goes out again, and the end that it told of', () => {
  const { listeners, addresses, endpoints, take } = setUp()
  addresses.saw(5, ...words('10.0.0.1'), 1)
  listeners.heard(socket(), 2, walked(2))
  listeners.heard(socket({ cookie: '9', port: 81 }), 3, walked(3))
  expect(take()).toHaveLength(5)
  listeners.gone(5, words('0.0.0.0'), 81, '9', 4)
  const end = endpoints.take(false)
  expect(end).toHaveLength(1)
  endpoints.lost(end)
  expect(take(false)).toHaveLength(0)
  expect(take()).toEqual([
    'listener 5 0.0.0.0:81 nginx 3-4',
    'node-address 5 127.0.0.1:0  1-',
    'node-address 5 ::1:0  1-',
    'node-address 5 10.0.0.1:0  1-',
    'listener 5 0.0.0.0:80 nginx 2-',
  ])
  expect(take()).toHaveLength(0)
})

test('listeners that walks no longer show end', () => {
  const { listeners, take } = setUp()
  listeners.heard(socket(), 0, walked(0))
  listeners.expire(7, 60_000, 90_000)
  expect(listeners.size).toBe(1)
  listeners.expire(8, 100_000, 90_000)
  expect(take()).toEqual(['listener 5 0.0.0.0:80 nginx 0-8'])
})

test('a listener that no walk has ever shown does not end for want of walks', () => {
  const { listeners } = setUp()
  listeners.heard(socket(), 0, { at: 0, walked: false })
  listeners.heard(socket({ cookie: '2' }), 0, { at: 0, walked: false })
  listeners.heard(socket({ cookie: '2' }), 0, walked(10))
  listeners.expire(1, 100_000, 90_000)
  expect(listeners.size).toBe(1)
})

test('a record without its kernel slot does not make a known owner unknown', () => {
  const { listeners, take } = setUp()
  listeners.heard(socket(), 1, walked(1))
  listeners.heard(socket({ pid: 0, identity: NOBODY, backlog: 3 }), 2, walked(2))
  expect(take()).toEqual(['listener 5 0.0.0.0:80 nginx 1-'])
  expect(listeners.report().listeners[0]).toMatchObject({ pid: 10, process: 'nginx', backlog: 3 })
})

test('who listens where: wildcard, exact address, other namespaces, loopback', () => {
  const { listeners, addresses } = setUp()
  const held = (netns: number, text: string, port: number) => listeners.heldBy(new Set([10]), netns, words(text), port)
  addresses.saw(5, ...words('10.0.0.1'), 0)
  listeners.heard(socket({ port: 4400 }), 0, walked(0))
  listeners.heard(socket({ cookie: '2', port: 4401, address: words('127.0.0.1') }), 0, walked(0))
  listeners.heard(socket({ cookie: '3', port: 80, pid: 99 }), 0, walked(0))
  expect(held(5, '127.0.0.1', 4400)).toBe(true)
  expect(held(6, '127.0.0.1', 4400)).toBe(false)
  expect(held(6, '10.0.0.1', 4400)).toBe(true)
  expect(held(5, '10.0.0.9', 4400)).toBe(false)
  addresses.saw(6, ...words('10.0.0.6'), 0)
  expect(held(7, '10.0.0.6', 4400)).toBe(false)
  expect(held(5, '127.0.0.1', 4401)).toBe(true)
  expect(held(5, '127.0.0.2', 4401)).toBe(false)
  expect(held(5, '127.0.0.1', 80)).toBe(false)
})

test('the report lists each socket of a place, the busiest first', () => {
  const { listeners } = setUp()
  listeners.heard(socket({ backlog: 1, drops: 2 }), 0, walked(0))
  listeners.heard(socket({ cookie: '2', backlog: 2, drops: 3, handshakes: 4 }), 0, walked(0))
  for (let port = 1000; port < 2100; port++) listeners.heard(socket({ cookie: String(port), port }), 0, walked(0))
  const { listeners: all, left } = listeners.report()
  expect([all.length, left]).toEqual([1024, 78])
  const place = { port: 80, backlog_max: 511, pid: 10, address: '0.0.0.0', overflows: 0 }
  expect(all.slice(0, 2)).toEqual([
    expect.objectContaining({ ...place, cookie: '2', backlog: 2, drops: 3, handshakes: 4 }),
    expect.objectContaining({ ...place, backlog: 1, drops: 2, handshakes: 0 }),
  ])
})

test('drops are overflows where the queue was full before or after them', () => {
  const { listeners } = setUp()
  const told = () => listeners.report().listeners.map((l) => [l.drops, l.overflows])
  const hear = (backlog: number, drops: number) =>
    listeners.heard(socket({ backlog, backlog_max: 4, drops }), 0, walked(0))
  hear(5, 100)
  expect(told()).toEqual([[100, 0]])
  hear(0, 103)
  expect(told()).toEqual([[103, 3]])
  hear(4, 110)
  expect(told()).toEqual([[110, 3]])
  hear(5, 111)
  expect(told()).toEqual([[111, 4]])
})
