import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { Backend, executable, grafanaEnv } from './grafana.ts'

const folder = mkdtempSync(join(tmpdir(), 'headwater-grafana-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const alone = (env: NodeJS.ProcessEnv) => spawnSync(executable, { env, encoding: 'utf8', timeout: 10_000 })
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
async function until(what: () => boolean, ms: number): Promise<boolean> {
  const end = Date.now() + ms
  while (!what() && Date.now() < end) await sleep(50)
  return what()
}

describe('the start', () => {
  test('one line of handshake, a Unix socket that only its user reaches, gRPC that serves', async () => {
    const backend = await Backend.start({}, { PLUGIN_UNIX_SOCKET_DIR: folder })
    const path = backend.address.replace('unix:', '')
    expect(dirname(dirname(path))).toBe(folder)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    const health = (service: string) => backend.call('grpc.health.v1.Health', 'Check', { service })
    expect(await health('plugin')).toEqual({ status: 'SERVING' in {} ? 0 : 1 })
    expect(await health('other')).toEqual({ status: 3 })
    expect(backend.said).toEqual([])
    await backend.stop()
    expect(await backend.ended).toEqual({ code: 0, signal: null })
    expect(existsSync(dirname(path))).toBe(false)
  })

  test('by hand it says what it is', () => {
    const { status, stderr, stdout } = alone({})
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/Grafana starts it itself: put the plugin into its plugins folder/)
  })

  test.each([
    [{ PLUGIN_PROTOCOL_VERSIONS: '3,4' }, /speaks version 3, 4 of the plugin protocol.* version 2/],
    [{ PLUGIN_CLIENT_CERT: '-----BEGIN' }, /AutoMTLS/],
  ])('%o is refused with the reason', (env, reason) => {
    const { status, stderr } = alone({ ...grafanaEnv, ...env })
    expect(status).toBe(1)
    expect(stderr).toMatch(reason)
  })

  test('files of the folder that it is started in change nothing', async () => {
    writeFileSync(join(folder, '.env'), 'grafana_plugin_type=datasource\n')
    writeFileSync(join(folder, 'bunfig.toml'), 'preload = ["./evil.js"]\n')
    writeFileSync(join(folder, 'evil.js'), 'console.log("evil")\n')
    const { status, stdout } = spawnSync(executable, { cwd: folder, env: {}, encoding: 'utf8', timeout: 10_000 })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  })

  test('a path too long for a socket: a loopback port', async () => {
    const long = join(folder, 'x'.repeat(90))
    spawnSync('mkdir', ['-p', long])
    const backend = await Backend.start({}, { PLUGIN_UNIX_SOCKET_DIR: long })
    expect(backend.address).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(await backend.call('grpc.health.v1.Health', 'Check', { service: 'plugin' })).toBeDefined()
    await backend.stop()
  })
})

describe('the end', () => {
  test('kill -9, and the next one serves at once', async () => {
    const first = await Backend.start({})
    first.child.kill('SIGKILL')
    await first.ended
    const begin = Date.now()
    const second = await Backend.start({})
    expect(await second.call('grpc.health.v1.Health', 'Check', { service: 'plugin' })).toBeDefined()
    expect(Date.now() - begin).toBeLessThan(2_000)
    await second.stop()
  })

  test('SIGTERM ends it, Ctrl-C of the group does not', async () => {
    const backend = await Backend.start({})
    backend.child.kill('SIGINT')
    await sleep(300)
    expect(alive(backend.pid)).toBe(true)
    backend.child.kill('SIGTERM')
    expect(await backend.ended).toEqual({ code: 0, signal: null })
  })

  test('it ends when its parent is gone', async () => {
    const script = `const c = require('node:child_process').spawn(${JSON.stringify(executable)}, { stdio: ['ignore', 'pipe', 'ignore'] });
      c.stdout.once('data', () => console.log(c.pid)); setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['-e', script], {
      env: { ...grafanaEnv },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))))
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    expect(await until(() => !alive(pid), 4_000)).toBe(true)
  })

  test('a call under way does not hold the end up', async () => {
    const hanging = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => hanging.once('listening', resolve))
    const { port } = hanging.address() as { port: number }
    const backend = await Backend.start({ url: `http://127.0.0.1:${port}`, token: 'x' })
    const health = backend.health().catch((error) => error)
    await sleep(300)
    const begin = Date.now()
    await backend.stop()
    expect(Date.now() - begin).toBeLessThan(2_000)
    await health
    hanging.close()
  })
})
