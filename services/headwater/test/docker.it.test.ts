import type { EdgesAnswer, FlowsAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noDocker, TestEngine } from './support/docker.js'
import { eventually, noAgent, skip, startUp, temporaryFolder, type Up } from './support/headwater.js'

/** Of no other test: the agent sees all of this machine. */
const PORT = 20_000 + (process.pid % 20_000)
const CALLS = 7
const IMAGE = 'registry.example/cart:1.2'

describe.skipIf(skip('containers of a real Docker engine', noAgent ?? noDocker))(
  'containers of a Docker engine',
  () => {
    const folder = temporaryFolder()
    const engine = new TestEngine()
    let up: Up
    let cart = ''
    let shop = ''

    beforeAll(async () => {
      await engine.start()
      await engine.importImage(IMAGE, ['httpd', 'sh', 'nc', 'sleep'])
      await engine.docker('tag', IMAGE, 'shop:dev')
      up = await startUp(folder.path, ['--agent-docker-socket', engine.socket])
      const run = (name: string, image: string, command: string[], labels: string[] = []) =>
        engine.docker('run', '-d', '--name', name, ...labels.flatMap((l) => ['--label', l]), image, ...command)
      const labels = ['com.docker.compose.service=cart', 'com.docker.compose.project=shop']
      cart = await run('shop-cart-1', IMAGE, ['httpd', '-f', '-p', String(PORT), '-h', '/www'], labels)
      const address = await engine.docker('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'shop-cart-1')
      // Each lives through a walk: of a process that is gone before, a hybrid host's cgroups do not tell the container (docs/identity.md).
      const call = `(sleep 7; printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 2) | nc ${address} ${PORT} >/dev/null`
      const calls = `for i in 1 2 3 4 5 6 7; do ${call} & done; wait; sleep 1000`
      shop = await run('odd_name.frontend-2', 'shop:dev', ['sh', '-c', calls])
    })
    afterAll(async () => {
      await up?.stop()
      await engine.stop()
      folder.remove()
    })

    const query = (matchers: string) => `from=now-5m&limit=1000&filter=${encodeURIComponent(matchers)}`

    it('have their id, name and image on their flows, and their name on the other end', async () => {
      const closed = async () => {
        const { flows } = await up.get<FlowsAnswer>(`/api/v1/flows?${query(`{server_port="${PORT}"}`)}`)
        const ended = flows.filter((flow) => flow.closes > 0)
        return ended.length >= 2 * CALLS ? ended : undefined
      }
      const flows = await eventually('the flows of both', closed, 40_000)
      const of = (side: string) => flows.filter((flow) => flow.side === side)
      expect([of('client').length, of('server').length]).toEqual([CALLS, CALLS])
      for (const flow of of('server'))
        expect(flow).toMatchObject({
          ...{ container_id: cart, container_name: 'shop-cart-1', container_image: IMAGE },
          ...{ local_service: 'cart', service_source: 'container', process: 'busybox' },
        })
      for (const flow of of('client'))
        expect(flow).toMatchObject({
          ...{ container_id: shop, container_name: 'odd_name.frontend-2', container_image: 'shop:dev' },
          ...{ local_service: 'odd_name.frontend-2', remote_service: 'cart', process: 'busybox' },
        })
    })

    it('are found by their name and the name of their project', async () => {
      const matchers = `{server_service="cart",server_namespace="shop",server_container="shop-cart-1",server_port="${PORT}"}`
      const { edges } = await up.get<EdgesAnswer>(`/api/v1/edges?${query(matchers)}`)
      // The engine is asked when a container is met: the first row of a connection may be before its answer, and by its executable's name.
      const sum = (of: (edge: EdgesAnswer['edges'][number]) => number) => edges.reduce((n, edge) => n + of(edge), 0)
      expect([sum((edge) => edge.connects), sum((edge) => edge.failures)]).toEqual([CALLS, 0])
    })
  },
)
