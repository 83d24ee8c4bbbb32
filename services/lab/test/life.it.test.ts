import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { UserError } from '@headwater/contracts/runtime'
import { describe, expect, it } from 'vitest'
import { createLab } from '../src/index.js'
import { noLab, quietLogger, skip, testLab } from './support/lab.js'

const PROGRAM = fileURLToPath(new URL('./support/lab-program.mjs', import.meta.url))
const ENTRY = new URL('../dist/index.js', import.meta.url).href

/** What the lab must leave as it was. */
function machine() {
  const print = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' })
  const names = (path: string) => (existsSync(path) ? readdirSync(path).sort() : [])
  return {
    interfaces: print('ip', '-o', 'link').replace(/ {2,}.*/g, ''),
    addresses: print('ip', '-o', 'addr').replace(/valid_lft.*/g, ''),
    routes: print('ip', 'route', 'show', 'table', 'all'),
    rules: print('iptables-save')
      .replace(/^#.*$/gm, '')
      .replace(/\[\d+:\d+\]/g, ''),
    forward: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    named: [names('/run/netns'), names('/etc/netns')],
  }
}

/** Network namespaces that a process lives in. */
function namespacesOf(pids: readonly number[]): Set<string> {
  return new Set(
    pids.flatMap((pid) => {
      try {
        return [readlinkSync(`/proc/${pid}/ns/net`)]
      } catch {
        return []
      }
    }),
  )
}

const everyone = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

const alive = (pids: readonly number[]) => pids.filter((pid) => existsSync(`/proc/${pid}`))

async function untilGone(pids: readonly number[]): Promise<void> {
  for (let i = 0; i < 100 && alive(pids).length > 0; i++) await sleep(50)
  expect(alive(pids)).toEqual([])
}

describe.skipIf(skip('life of the lab', noLab))('a lab', () => {
  it('is inert before its start, and can be stopped and started again', async () => {
    const before = machine()
    const { lab, lockPath, remove } = testLab()
    try {
      expect(existsSync(lockPath)).toBe(false)
      await lab.stop()
      for (let i = 0; i < 2; i++) {
        await lab.start()
        const { pids } = lab
        expect(pids.length).toBeGreaterThan(30)
        expect(machine()).toEqual(before)
        const since = performance.now()
        await lab.stop()
        expect(performance.now() - since).toBeLessThan(5_000)
        await untilGone(pids)
      }
    } finally {
      await remove()
    }
    expect(machine()).toEqual(before)
  })

  it('leaves nothing when it is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headwater-lab-'))
    const lockPath = join(folder, 'lock')
    const before = machine()
    const child = spawn(process.execPath, [PROGRAM, ENTRY, lockPath], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = await once(child.stdout, 'data')
      const pids: number[] = JSON.parse(String(line))
      const namespaces = namespacesOf(pids)
      expect(namespaces.size).toBeGreaterThan(15)
      expect(namespaces.has(readlinkSync('/proc/self/ns/net'))).toBe(false)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await untilGone(pids)
      expect([...namespacesOf(everyone())].filter((id) => namespaces.has(id))).toEqual([])
      expect(machine()).toEqual(before)
      // Its lock is there, and in nobody's way.
      expect(existsSync(lockPath)).toBe(true)
      const lab = createLab({ logger: quietLogger, lockPath })
      await lab.start()
      await lab.stop()
      expect(readdirSync(folder)).toEqual([])
    } finally {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('is refused beside another one, which it names', async () => {
    const { lab, lockPath, remove } = testLab()
    try {
      await lab.start()
      const other = createLab({ logger: quietLogger, lockPath })
      // Before anything is set up around it, and where both got past that at once.
      for (const refused of [async () => other.check(), () => other.start()]) {
        const error = await refused().catch((e) => e)
        expect(error).toBeInstanceOf(UserError)
        expect(error.code).toBe('lab-running')
        expect(error.message).toContain(`process ${process.pid}`)
        expect(error.fix).toContain(`kill ${process.pid}`)
      }
      await sleep(1_000)
      expect((await lab.truth()).length).toBeGreaterThan(0)
    } finally {
      await remove()
    }
  })

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 4_194_304, start: '1' })],
    ['another process with its id', JSON.stringify({ pid: process.pid, start: '1' })],
    ['nobody who can be read', 'x'],
  ])('takes a lock over from %s', async (_, holder) => {
    const { lab, lockPath, remove } = testLab()
    try {
      writeFileSync(lockPath, holder)
      await lab.start()
      expect(JSON.parse(readFileSync(lockPath, 'utf8'))).toMatchObject({ pid: process.pid })
    } finally {
      await remove()
    }
  })

  it('ends with an error where a tool is missing, and says what to install', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headwater-lab-'))
    const line = `import(${JSON.stringify(ENTRY)}).then(({ createLab }) => createLab({ logger: {}, lockPath: ${JSON.stringify(join(folder, 'lock'))} }).start()).catch((e) => console.log(JSON.stringify([e.code, e.message, e.fix])))`
    try {
      // A mount namespace without the folders of system programs.
      const hide = 'for d in /usr/sbin; do mount -t tmpfs none $d; done; exec "$@"'
      const args = ['--mount', '--', 'bash', '-c', hide, 'hide', process.execPath, '-e', line]
      const [code, message, fix] = JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' }))
      expect(code).toBe('lab-tools')
      expect(message).toContain('iptables')
      expect(fix).toContain('apt-get install')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe.skipIf(skip('refusal of the lab', noLab))('without root', () => {
  it('is an error that says how', () => {
    const line = `import(${JSON.stringify(ENTRY)}).then(({ createLab }) => { process.setuid(65534); return createLab({ logger: {} }).start() }).catch((e) => console.log(JSON.stringify([e.code, e.message, e.fix])))`
    const out = execFileSync(process.execPath, ['-e', line], { encoding: 'utf8' })
    const [code, message, fix] = JSON.parse(out)
    expect(code).toBe('lab-root')
    expect(message).toContain('needs root')
    expect(fix).toContain('sudo')
  })
})
