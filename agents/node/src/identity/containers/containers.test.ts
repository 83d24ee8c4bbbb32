import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { EnginePeer, inspectedContainer, listedContainer } from '../../testing/engine-peer.js'
import { recordingLogger } from '../../testing/logger.js'
import { ProcessIdentity } from '../process-identity.js'
import { Containers } from './containers.js'
import { DockerEngine } from './docker-engine.js'

const A = 'a'.repeat(64)
const B = '0123456789abcdef'.repeat(4)
const compose = { 'com.docker.compose.service': 'cart', 'com.docker.compose.project': 'shop', tier: 'front' }

let peer: EnginePeer
let containers: Containers
let logger: ReturnType<typeof recordingLogger>

function start(answerMs?: number): void {
  containers = new Containers(new DockerEngine(peer.socketPath, answerMs), logger)
  containers.start()
}

const id = (n: number) => n.toString(16).padStart(64, '0')
const named = (of: string) => vi.waitFor(() => expect(containers.of(of).name).not.toBe(''), { timeout: 20_000 })

beforeEach(() => {
  peer = new EnginePeer()
  logger = recordingLogger()
})
afterEach(async () => {
  await containers.stop()
  await peer.end()
})

describe('an engine that answers', () => {
  test('tells of the containers that run at once, and of others at first sight', async () => {
    await peer.serve((path) => {
      if (path === '/containers/json') return [listedContainer(A, 'shop-cart-1', compose)]
      return path === `/containers/${B}/json` ? inspectedContainer(B, 'later', {}, 'nginx:1.27') : undefined
    })
    start()
    await named(A)
    expect(containers.of(A)).toMatchObject({
      name: 'shop-cart-1',
      image: 'shop/cart:1.4',
      service: 'cart',
      namespace: 'shop',
      labels: compose,
    })
    expect(containers.of(B)).toMatchObject({ id: B, name: '', image: '', service: '' })
    await named(B)
    expect(containers.of(B)).toMatchObject({ name: 'later', image: 'nginx:1.27', service: 'later', namespace: '' })
    expect(containers.of('c'.repeat(64)).name).toBe('')
    await vi.waitFor(() => expect(peer.asked).toHaveLength(3))
    for (let i = 0; i < 100; i++) for (const of of [A, B, 'c'.repeat(64)]) containers.of(of)
    await new Promise((r) => setTimeout(r, 50))
    expect(peer.asked).toEqual([
      'GET /containers/json',
      `GET /containers/${B}/json`,
      `GET /containers/${'c'.repeat(64)}/json`,
    ])
    expect([containers.problem, containers.failed, logger.lines]).toEqual([
      '',
      0,
      ['info the Docker engine tells the names of containers'],
    ])
  })

  test('a process has the name of its container once it is told, without being looked up again', async () => {
    await peer.serve((path) => (path === '/containers/json' ? [] : inspectedContainer(B, 'web-1')))
    start()
    const identity = new ProcessIdentity('node', true)
    identity.place('', containers.of(B))
    expect([identity.service, identity.serviceSource]).toEqual(['node', 'process'])
    await named(B)
    expect([identity.service, identity.serviceSource]).toEqual(['web-1', 'container'])
    identity.place('web.service', containers.of(B))
    expect([identity.service, identity.serviceSource]).toEqual(['web', 'unit'])
  })

  test("Kubernetes' labels name container and namespace; names of links and an image without its tag are not the answer", async () => {
    const labels = { 'io.kubernetes.container.name': 'cart', 'io.kubernetes.pod.namespace': 'shop' }
    const linked = { ...listedContainer(A, '', labels), Names: ['/front/backend', '/k8s_cart_cart-0_shop_1'] }
    await peer.serve((path) => {
      if (path === '/containers/json') return [linked, listedContainer(B, 'old', {}, `sha256:${'7'.repeat(64)}`)]
      return inspectedContainer(B, 'old', {}, 'shop/old:3')
    })
    start()
    await named(A)
    expect(containers.of(A)).toMatchObject({ name: 'k8s_cart_cart-0_shop_1', service: 'cart', namespace: 'shop' })
    await vi.waitFor(() => expect(containers.of(B).image).toBe('shop/old:3'))
  })

  test('is asked again after ten minutes: a container may have been renamed', async () => {
    let name = 'one'
    await peer.serve((path) => (path === '/containers/json' ? [] : inspectedContainer(A, name, compose)))
    start()
    containers.of(A)
    await named(A)
    const { labels } = containers.of(A)
    name = 'two'
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 601_000)
    containers.of(A)
    now.mockRestore()
    await vi.waitFor(() => expect(containers.of(A).name).toBe('two'))
    expect(containers.of(A).labels).toBe(labels)
  })

  test('is asked about few containers at once, and about no more than wait', async () => {
    let open = 0
    let most = 0
    await peer.start((request, response) => {
      if (request.url === '/containers/json') return void response.end('[]')
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        response.end(JSON.stringify(inspectedContainer(request.url?.split('/')[2] ?? '', 'x')))
      }, 1)
    })
    start()
    await vi.waitFor(() => expect(containers.problem).toBe(''))
    for (let n = 0; n < 3000; n++) containers.of(id(n))
    expect(containers.overflowed).toBeGreaterThan(1900)
    await named(id(1000))
    expect(most).toBeLessThanOrEqual(4)
    for (let n = 0; n < 10_000; n++) containers.of(id(n))
    expect(containers.size).toBe(4096)
  })
})

describe('an engine that is not to be trusted', () => {
  test('hostile names are made safe and cut, labels bounded', async () => {
    const labels = {
      ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`label-${i}`, 'v'])),
      'evil\u202elabel': 'a\u001b[2Jb',
      'com.docker.compose.service': 'cart\u0000\u202e',
      'com.docker.compose.project': 'p'.repeat(5000),
      long: 'x'.repeat(257),
    }
    await peer.serve((path) => {
      if (path !== '/containers/json')
        return inspectedContainer(B, 'n'.repeat(400_000), JSON.parse('{"__proto__":"x","a":"b"}'))
      return [
        { ...listedContainer(A, 'a\u202eb\u0007\n', labels), Image: 'i'.repeat(100_000) },
        7,
        null,
        { Id: '../../x' },
      ]
    })
    start()
    await named(A)
    const a = containers.of(A)
    expect([a.name, a.service, a.namespace.length, a.image.length]).toEqual([
      'a\ufffdb\ufffd\ufffd',
      'cart\ufffd\ufffd',
      128,
      253,
    ])
    expect(Object.keys(a.labels)).toHaveLength(32)
    expect(containers.labelsLeftOut).toBe(504 - 32)
    containers.of(B)
    await named(B)
    expect(containers.of(B).name).toBe('n'.repeat(128))
    expect(Object.entries(containers.of(B).labels)).toEqual([['a', 'b']])
  })

  test('labels are made safe too, and bounded in their sum', async () => {
    const long = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, 'v'.repeat(250)]))
    await peer.serve(() => [listedContainer(A, 'x', { 'evil\u202elabel': 'a\u001b[2Jb', ...long })])
    start()
    await named(A)
    const { labels } = containers.of(A)
    expect(labels['evil\ufffdlabel']).toBe('a\ufffd[2Jb')
    expect(JSON.stringify(labels).length).toBeLessThan(5000)
  })

  const answers: [string, (path: string) => string | undefined][] = [
    ['no JSON', () => '<html>'],
    ['no list', (path) => (path === '/containers/json' ? '{"message":"x"}' : undefined)],
    ['a list of 3 MB', (path) => (path === '/containers/json' ? JSON.stringify(['x'.repeat(3e6)]) : undefined)],
  ]
  test.each(answers)('%s for an answer: counted, and the next container is asked about', async (_, bad) => {
    let broken = true
    await peer.start(({ url = '' }, response) => {
      const answer = broken ? bad(url) : undefined
      response.end(answer ?? JSON.stringify(inspectedContainer(url.split('/')[2] ?? '', 'fine')))
    })
    start()
    containers.of(A)
    await vi.waitFor(() => expect(peer.asked.length).toBe(2))
    broken = false
    containers.of(B)
    await named(B)
    expect(containers.failed).toBeGreaterThan(0)
    expect(logger.lines[0]).toContain(`warn names of containers are missing: ${peer.socketPath}: `)
  })

  test('a name of a megabyte is more than an answer may have; one about another container is none', async () => {
    await peer.serve((path) => {
      if (path === '/containers/json') return []
      return path.includes(A) ? inspectedContainer(A, 'n'.repeat(2 ** 20)) : inspectedContainer(A, 'a')
    })
    start()
    containers.of(A)
    containers.of(B)
    await vi.waitFor(() => expect(containers.failed).toBe(2))
    expect([containers.of(A).name, containers.of(B).name]).toEqual(['', ''])
    expect(containers.problem).toBe('')
  })
})

describe('an engine that is away', () => {
  test('one that never answers is given up, and does not hold up the stop', async () => {
    await peer.start((_, response) => {
      response.writeHead(200)
      response.write('[')
    })
    start(100)
    containers.of(A)
    await vi.waitFor(() => expect(containers.failed).toBeGreaterThan(1))
    expect(containers.problem).toBe('it gave no whole answer in time')
    const slow = new Containers(new DockerEngine(peer.socketPath), logger)
    slow.start()
    await vi.waitFor(() => expect(peer.asked.length).toBeGreaterThan(3))
    await slow.stop()
    expect(slow.failed).toBe(0)
  })

  test('one container that it never answers about does not keep the others from their names', async () => {
    await peer.start(({ url = '' }, response) => {
      if (url === '/containers/json') response.end('[]')
      else if (!url.includes(A)) response.end(JSON.stringify(inspectedContainer(B, 'b')))
    })
    start(100)
    containers.of(A)
    containers.of(B)
    await named(B)
    await vi.waitFor(() => expect(peer.asked.filter((path) => path.includes(A))).toHaveLength(3), { timeout: 10_000 })
    await vi.waitFor(() => expect(containers.problem).toBe(''), { timeout: 10_000 })
    await new Promise((r) => setTimeout(r, 300))
    expect(peer.asked.filter((path) => path.includes(A))).toHaveLength(3)
  })

  test('one that comes later than the agent, goes, and comes again', { timeout: 20_000 }, async () => {
    start()
    expect(containers.of(A).name).toBe('')
    await new Promise((r) => setTimeout(r, 100))
    expect([containers.problem, containers.failed, logger.lines]).toEqual([undefined, 0, []])
    await peer.serve((path) => (path === '/containers/json' ? [] : inspectedContainer(path.split('/')[2] ?? '', 'x')))
    await named(A)
    await peer.stop()
    containers.of(B)
    await vi.waitFor(() => expect(containers.problem).not.toBe(''))
    await peer.serve((path) => (path === '/containers/json' ? [listedContainer(B, 'again')] : undefined))
    await named(B)
    expect(containers.of(B).name).toBe('again')
  })

  test('a file that is no socket is not opened', async () => {
    writeFileSync(peer.socketPath, 'x')
    start()
    await vi.waitFor(() => expect(containers.problem).toBe('it is no socket'))
    expect(logger.lines).toEqual([`warn names of containers are missing: ${peer.socketPath}: it is no socket`])
  })

  test('none at all: ids without names', () => {
    containers = new Containers()
    containers.start()
    expect(containers.of(A)).toMatchObject({ id: A, name: '' })
    expect(containers.of('').id).toBe('')
  })
})
