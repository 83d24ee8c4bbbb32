import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusAnswer } from '@headwater/contracts'
import { afterAll, describe, expect, it } from 'vitest'
import {
  CHECKOUT,
  cleanEnv,
  eventually,
  notRoot,
  run,
  skip,
  startUp,
  temporaryFolder,
  type Up,
} from './support/headwater.js'
import { mounted } from './support/mounted.js'

/** A user without any right: nobody of Debian. */
const USER = 65_534
const asUser = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--']

const folder = temporaryFolder()
afterAll(() => folder.remove())

const ownerOf = (pid: number | undefined) => statSync(`/proc/${pid}`).uid

async function using<T>(up: Up, work: (up: Up) => Promise<T>): Promise<T> {
  try {
    return await work(up)
  } finally {
    await up.stop()
  }
}

describe.skipIf(skip('other users', notRoot))('users', () => {
  it('not root: all but the agent starts, and the line that starts the agent works', async () => {
    const dataDir = join(folder.path, 'user')
    mkdirSync(dataDir)
    chownSync(dataDir, USER, USER)
    const options = mounted(folder.path, 0o755, asUser)
    await using(await startUp(dataDir, ['--cluster', 'it-is'], options), async (up) => {
      const status = await up.get<StatusAnswer>('/api/v1/status')
      expect(status.agent.state).toBe('missing')
      const line = status.hints[0]?.command ?? ''
      expect(line).toMatch(/^sudo \S+\/node \S+\/headwater\.js agent /)
      expect(line).toContain(`--data-dir ${dataDir}`)
      expect(line).toContain('--cluster it-is')
      expect(up.stdout()).toContain(line)
      expect(up.pids().agent).toBeUndefined()
      expect(ownerOf(up.pids().services)).toBe(USER)

      const [program = '', ...args] = line
        .replaceAll(options.checkout ?? '', CHECKOUT)
        .split(' ')
        .slice(1)
      const agent = spawn(program, args, { env: cleanEnv(), stdio: 'ignore' })
      try {
        const heard = await eventually('the agent', async () => {
          const { agent: found, hints } = await up.get<StatusAnswer>('/api/v1/status')
          return found.state === 'elsewhere' ? hints : undefined
        })
        expect(heard).toEqual([])
      } finally {
        agent.kill('SIGINT')
        await once(agent, 'exit')
      }
    })
  })

  it('not root: the agent by itself says what it needs', async () => {
    const dataDir = join(folder.path, 'agent')
    mkdirSync(dataDir)
    chownSync(dataDir, USER, USER)
    const { code, stderr } = await run(['agent', '--data-dir', dataDir], mounted(folder.path, 0o755, asUser))
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot be loaded: .*Operation not permitted/)
    expect(stderr).toMatch(/\n\nrun as root, or with the capabilities BPF and PERFMON/)
    expect(stderr).not.toMatch(/^ {4}at /m)
  })

  it('root behind sudo: only supervisor and agent stay root', async () => {
    const dataDir = join(folder.path, 'sudo')
    const env = { SUDO_UID: String(USER), SUDO_GID: String(USER) }
    await using(await startUp(dataDir, [], { env }), async (up) => {
      const agent = await eventually('the agent', () => up.pids().agent)
      const { supervisor, services, clickhouse } = up.pids()
      expect([supervisor, agent].map(ownerOf)).toEqual([0, 0])
      expect([services, clickhouse].map(ownerOf)).toEqual([USER, USER])
      expect(statSync(join(dataDir, 'token'))).toMatchObject({ uid: USER })
      expect(statSync(join(dataDir, 'run', 'bus.sock'))).toMatchObject({ uid: USER })
      expect(statSync(join(dataDir, 'pids'))).toMatchObject({ uid: 0 })
    })
  })

  it('a checkout that this user cannot read works as well, console included', async () => {
    const dataDir = join(folder.path, 'closed')
    const env = { SUDO_UID: String(USER), SUDO_GID: String(USER) }
    await using(await startUp(dataDir, [], { ...mounted(folder.path, 0o700), env }), async (up) => {
      expect(ownerOf(up.pids().services)).toBe(USER)
      const page = await fetch(up.url)
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('<script')
      const before = await eventually('ClickHouse', () => up.pids().clickhouse)
      expect(ownerOf(before)).toBe(USER)
      process.kill(before, 'SIGKILL')
      await eventually('another ClickHouse', () => {
        const pid = up.pids().clickhouse
        return pid !== undefined && pid !== before ? pid : undefined
      })
      await eventually('the store', async () => ((await fetch(`${up.url}/readyz`)).status === 200 ? true : undefined))
      expect(await up.get('/api/v1/nodes')).toHaveProperty('nodes')
    })
  })

  it('root without the capabilities (as in a container): the console starts, and says what the kernel refuses', async () => {
    const prefix = ['setpriv', '--bounding-set=-sys_admin,-bpf,-perfmon', '--inh-caps=-all', '--']
    await using(await startUp(join(folder.path, 'bare'), [], { prefix }), async (up) => {
      const { agent, hints } = await eventually('the refusal', async () => {
        const status = await up.get<StatusAnswer>('/api/v1/status')
        return status.agent.state === 'failed' ? status : undefined
      })
      expect(agent.message).toMatch(/not permitted/i)
      expect(hints[0]?.detail).toMatch(/BPF|root/)
      expect((await fetch(up.url)).status).toBe(200)
    })
  })

  it('says where it cannot give up root', async () => {
    const closed = join(folder.path, 'barred')
    mkdirSync(closed, { mode: 0o700 })
    const env = { SUDO_UID: String(USER), SUDO_GID: String(USER) }
    await using(await startUp(join(closed, 'data'), [], { env }), async (up) => {
      expect(up.stderr()).toContain(`cannot enter ${closed}`)
      expect(up.stdout()).toMatch(/user +root/)
      expect(ownerOf(up.pids().services)).toBe(0)
    })
  })
})
