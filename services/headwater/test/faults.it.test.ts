import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, livePids, noAgent, skip, startUp, temporaryFolder, type Up } from './support/headwater.js'

const folder = temporaryFolder()
const dataDir = join(folder.path, 'data')
let up: Up

beforeAll(async () => {
  up = await startUp(dataDir)
})
afterAll(async () => {
  await up?.stop()
  folder.remove()
})

type Part = 'services' | 'agent' | 'clickhouse'

/** Kills a part, and waits until another process is in its place. */
async function killed(part: Part): Promise<void> {
  const before = await eventually(part, () => up.pids()[part])
  process.kill(before, 'SIGKILL')
  const after = await eventually(`another ${part}`, () => {
    const pid = up.pids()[part]
    return pid !== undefined && pid !== before ? pid : undefined
  })
  expect(after).not.toBe(before)
}

interface Status {
  agent: { state: string }
  store: { ok: boolean }
}
const status = () => up.get<Status>('/api/v1/status')

/** A connection made now is in the API soon: the whole way works. */
async function flowing(): Promise<void> {
  const server = createServer((socket) => socket.end('x')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const socket = connect(port, '127.0.0.1')
    socket.resume()
    await once(socket, 'close')
    const filter = encodeURIComponent(`{server_port="${port}"}`)
    await eventually(
      'its flow',
      async () => {
        const { flows } = await up.get<{ flows: unknown[] }>(`/api/v1/flows?filter=${filter}`)
        return flows.length > 0 ? true : undefined
      },
      30_000,
    )
  } finally {
    server.close()
  }
}

describe('killed with -9', () => {
  it('ClickHouse is started again', async () => {
    await killed('clickhouse')
    await eventually('the store', async () => ((await status()).store.ok ? true : undefined))
    expect((await fetch(`${up.url}/readyz`)).status).toBe(200)
    expect(up.stderr()).toContain('ClickHouse')
  })

  it.skipIf(skip('rows after a kill of ClickHouse', noAgent))('and rows come in again', flowing)

  it.skipIf(skip('kill of the agent', noAgent))('the agent is started again', async () => {
    await eventually('the agent', async () => ((await status()).agent.state === 'running' ? true : undefined))
    await killed('agent')
    await eventually('the agent', async () => ((await status()).agent.state === 'running' ? true : undefined))
    expect(up.stderr()).toContain('agent ended (killed by SIGKILL), starting it again')
    await flowing()
  })

  it('the services are started again, at the same port', async () => {
    await killed('services')
    await eventually('the API', async () => ((await fetch(`${up.url}/readyz`)).status === 200 ? true : undefined))
    expect((await status()).store.ok).toBe(true)
  })

  it('the supervisor takes all others along', async () => {
    expect(livePids(dataDir).length).toBeGreaterThanOrEqual(3)
    up.child.kill('SIGKILL')
    await eventually('the end of all', () => (livePids(dataDir).length === 0 ? true : undefined), 15_000)
    up = await startUp(dataDir)
  })

  it('a second Ctrl-C ends it at once, and nothing is left', async () => {
    up.child.kill('SIGINT')
    up.child.kill('SIGINT')
    await up.ended
    await eventually('the end of all', () => (livePids(dataDir).length === 0 ? true : undefined), 15_000)
  })
})
