import { once } from 'node:events'
import { statSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, livePids, noAgent, run, start, startUp, temporaryFolder, type Up } from './support/headwater.js'

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

const status = async (path: string, headers: Record<string, string> = {}) =>
  (await fetch(`${up.url}${path}`, { headers })).status

describe('headwater up', () => {
  it('answers at the URL it prints', async () => {
    expect(await status('/healthz')).toBe(200)
    expect(await status('/readyz')).toBe(200)
    expect(await status('/')).toBe(200)
  })

  it('asks for the token', async () => {
    expect(await status('/api/v1/status')).toBe(401)
    expect(await status('/api/v1/status', { authorization: 'Bearer wrong' })).toBe(401)
    expect(await status('/api/v1/status', { authorization: `Bearer ${up.token}` })).toBe(200)
  })

  it('refuses a Host header that is not ours', async () => {
    const code = await new Promise((resolve, reject) => {
      const url = new URL(`${up.url}/api/v1/status`)
      const headers = { host: 'evil.example', authorization: `Bearer ${up.token}` }
      request(url, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .once('error', reject)
        .end()
    })
    expect(code).toBeGreaterThanOrEqual(400)
  })

  it('names the parameter that is wrong', async () => {
    const headers = { authorization: `Bearer ${up.token}` }
    const response = await fetch(`${up.url}/api/v1/flows?limit=lots`, { headers })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ parameter: 'limit' })
  })

  it('keeps its secrets to itself', () => {
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600)
    expect(statSync(join(dataDir, 'run')).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, 'run', 'bus.sock')).mode & 0o777).toBe(0o600)
  })

  it('says how its parts are', async () => {
    const found = await eventually('the agent', async () => {
      const answer = await up.get<{ agent: { state: string }; store: { ok: boolean } }>('/api/v1/status')
      return answer.agent.state === 'starting' ? undefined : answer
    })
    expect(found).toMatchObject({ mode: 'all-in-one', bus: 'local', store: { kind: 'embedded', ok: true } })
    expect(up.stdout()).toContain(dataDir)
  })

  it('keeps a second one off its data folder', async () => {
    const second = await run(['up', '--data-dir', dataDir, '--listen', '127.0.0.1:0'])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('in use by another Headwater')
    expect(second.stderr).toContain('--data-dir')
    expect(await status('/healthz')).toBe(200)
  })

  it('prints flows of itself', async () => {
    const listen = ['--listen', new URL(up.url).host]
    const args = ['flows', '--data-dir', dataDir, ...listen, '--self', '--since', '5m']
    const json = await run([...args, '-o', 'json'])
    expect(json).toMatchObject({ code: 0, stderr: '' })
    expect(Array.isArray(JSON.parse(json.stdout))).toBe(true)
    const table = await run(args)
    expect(table.stdout).toMatch(/^TIME/)
    const wrong = await run([...args, '--filter', '{nothing="x"}'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('filter')
  })

  it('follows flows, each once, until Ctrl-C', async () => {
    const args = ['flows', '--data-dir', dataDir, '--listen', new URL(up.url).host, '--follow', '-o', 'jsonl', '--self']
    const follow = start(args)
    const server = createServer((socket) => socket.end('x')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    for (let i = 0; i < 3; i++) await once(connect(port, '127.0.0.1').resume(), 'close')
    server.close()
    const ours = () =>
      follow
        .stdout()
        .trim()
        .split('\n')
        .filter((line) => line.includes(`"local_port":${port},`))
        .map((line) => JSON.parse(line) as { closes: number })
    if (noAgent === undefined) await eventually('three ends', () => (ours().length >= 3 ? true : undefined))
    await sleep(2_500)
    expect(await follow.stop('SIGINT')).toBe(0)
    if (noAgent === undefined) expect(ours().reduce((sum, flow) => sum + flow.closes, 0)).toBe(3)
  })

  it('says where it is not, and that the token is wrong', async () => {
    const away = await run(['flows', '--data-dir', dataDir, '--url', 'http://127.0.0.1:1'])
    expect(away.code).toBe(1)
    expect(away.stderr).toContain('No Headwater answers at http://127.0.0.1:1')
    const env = { HEADWATER_TOKEN: 'not-the-right-token' }
    const refused = await run(['flows', '--data-dir', dataDir, '--url', up.url], { env })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('refuses the token')
  })

  it('doctor finds what works here', async () => {
    const { code, stdout } = await run(['doctor', '--json', '--data-dir', dataDir])
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string; fix: string }[] }
    expect(code).toBe(ok ? 0 : 1)
    expect(checks.map((c) => c.name)).toEqual(
      expect.arrayContaining(['node', 'kernel', 'data-dir', 'disk', 'clickhouse']),
    )
    expect(checks.filter((c) => c.state !== 'ok' && c.fix === '')).toEqual([])
  })

  it('stops at Ctrl-C within 5 s, leaves no process, and keeps token and history', async () => {
    const before = await up.get<{ nodes: unknown[] }>('/api/v1/nodes')
    const token = up.token
    const pids = livePids(dataDir)
    expect(pids.length).toBeGreaterThanOrEqual(3)
    const since = performance.now()
    expect(await up.stop('SIGINT')).toBe(0)
    expect(performance.now() - since).toBeLessThan(5_000)
    expect(livePids(dataDir)).toEqual([])
    up = await startUp(dataDir)
    expect(up.token).toBe(token)
    const after = await up.get<{ nodes: unknown[] }>('/api/v1/nodes?from=now-1h')
    expect(after.nodes.length).toBeGreaterThanOrEqual(before.nodes.length)
  })
})
