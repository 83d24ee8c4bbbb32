import { beforeEach, describe, expect, test } from 'vitest'
import { Containers } from './containers/containers.js'
import { type ReadProc, readProc, startIn } from './proc.js'
import { Processes, type SeenProcess } from './processes.js'

const A = 'a'.repeat(64)
const B = '0123456789abcdef'.repeat(4)

/** Text of a stat file whose process started so many ticks after boot. */
const stat = (ticks: number) =>
  `1 (x y) z) S ${Array.from({ length: 49 }, (_, i) => (i === 18 ? ticks : 0)).join(' ')}\n`

let files: Record<string, string | undefined>
let reads: string[]
let processes: Processes

beforeEach(() => {
  files = {}
  reads = []
  const read: ReadProc = (pid, name) => {
    reads.push(`${pid} ${name}`)
    return files[`${pid} ${name}`]
  }
  processes = new Processes(new Containers(), read)
})

function runs(pid: number, { ticks = 100, cgroup = '0::/\n', environ = '' as string | undefined } = {}): void {
  files[`${pid} stat`] = stat(ticks)
  files[`${pid} cgroup`] = cgroup
  files[`${pid} environ`] = environ
}

function ends(pid: number): void {
  for (const name of ['stat', 'cgroup', 'environ']) delete files[`${pid} ${name}`]
}

const seen = (over: Partial<SeenProcess> = {}): SeenProcess => ({
  pid: 7,
  process: 'node',
  cgroupLo: 5,
  cgroupHi: 0,
  time: 1_000_000,
  offset: 950_000,
  aliveAt: 50_000,
  ...over,
})

/** What a row would say. */
function who(over: Partial<SeenProcess> = {}) {
  const { service, serviceSource, namespace, unit, container, start } = processes.of(seen(over))
  return [service, serviceSource, namespace, unit, container.id.slice(0, 4), start]
}

const unit = (name: string) => `0::/system.slice/${name}\n`
const otel = (name: string) => `OTEL_SERVICE_NAME=${name}\0`

test('start of a process whose name has spaces and parentheses', () => {
  expect(startIn(stat(22))).toBe(220)
  expect(startIn('7 (node) S 1 2\n')).toBeUndefined()
  expect(startIn(undefined)).toBeUndefined()
  const own = startIn(readProc(process.pid, 'stat')) ?? Number.NaN
  expect(own).toBeGreaterThan(0)
})

describe('the service, by the surest that is known', () => {
  test.each([
    [
      'what it declares',
      { cgroup: unit('shop.service'), environ: otel('cart') },
      ['cart', 'otel', '', 'shop.service', ''],
    ],
    [
      'with its namespace',
      { environ: 'OTEL_RESOURCE_ATTRIBUTES=service.name=cart,service.namespace=shop\0' },
      ['cart', 'otel', 'shop', '', ''],
    ],
    ['its unit', { cgroup: unit('shop@1.service') }, ['shop@1', 'unit', '', 'shop@1.service', '']],
    ['its executable', { cgroup: '0::/user.slice/user-0.slice/session-1.scope\n' }, ['node', 'process', '', '', '']],
    [
      'a container without a name',
      { cgroup: `0::/system.slice/docker-${A}.scope\n` },
      ['node', 'process', '', '', 'aaaa'],
    ],
    [
      'an environment that may not be read',
      { environ: undefined, cgroup: unit('a.service') },
      ['a', 'unit', '', 'a.service', ''],
    ],
  ])('%s', (_, of, expected) => {
    runs(7, of)
    expect(who()).toEqual([...expected, 951_000])
  })

  test('an environment that may not be read is counted', () => {
    runs(7, {})
    files['7 environ'] = undefined
    who()
    expect(processes.environUnread).toBe(1)
  })

  test('a socket of nobody', () => {
    expect(who({ pid: 0, process: '', cgroupLo: 0 })).toEqual(['', '', '', '', '', 0])
    expect(reads).toEqual([])
  })
})

describe('one object per process', () => {
  test('read once, checked after a minute, filled in place', () => {
    runs(7, { environ: otel('one') })
    const identity = processes.of(seen())
    expect(processes.of(seen({ time: 1_050_000 }))).toBe(identity)
    expect(reads).toEqual(['7 stat', '7 cgroup', '7 environ'])
    runs(7, { environ: otel('two'), cgroup: unit('x.service') })
    expect(processes.of(seen({ time: 1_070_000 }))).toBe(identity)
    expect([identity.service, identity.unit, identity.start]).toEqual(['two', 'x.service', 951_000])
  })

  test('exec changes the name: another one, at once', () => {
    runs(7, { environ: otel('one') })
    const before = processes.of(seen({ process: 'sh' }))
    runs(7, { environ: otel('two') })
    expect(who({ process: 'node' })).toEqual(['two', 'otel', '', '', '', 951_000])
    expect(before.service).toBe('one')
  })

  test('a pid that was taken over is another process', () => {
    runs(7, { environ: otel('one') })
    const before = processes.of(seen())
    runs(7, { ticks: 200, environ: otel('two') })
    expect(who({ time: 1_070_000 })[0]).toBe('two')
    expect(before.service).toBe('one')
  })

  test('a process that has ended keeps its name', () => {
    runs(7, { environ: otel('one') })
    who()
    ends(7)
    expect(who({ time: 1_070_000 })).toEqual(['one', 'otel', '', '', '', 951_000])
    expect(processes.gone).toBe(0)
  })
})

describe('a process that is gone before it is read', () => {
  const container = `0::/system.slice/docker-${A}.scope\n`

  test('has unit and container of its cgroup, and the declared name of the same executable there', () => {
    runs(7, { cgroup: container, environ: otel('cart') })
    who()
    expect(who({ pid: 8 })).toEqual(['cart', 'otel', '', '', 'aaaa', 0])
    expect(who({ pid: 8, process: 'curl' })).toEqual(['curl', 'process', '', '', 'aaaa', 0])
    expect(who({ pid: 8, cgroupLo: 6 })).toEqual(['node', 'process', '', '', '', 0])
    expect(processes.gone).toBe(3)
  })

  test('has no declared name once two of that executable differ, nor had those that hold it already', () => {
    runs(7, { cgroup: container, environ: otel('cart') })
    who()
    const gone = processes.of(seen({ pid: 8 }))
    expect(gone.service).toBe('cart')
    runs(9, { cgroup: container, environ: otel('checkout') })
    who({ pid: 9 })
    expect(gone.service).toBe('node')
    expect(who({ pid: 10 })).toEqual(['node', 'process', '', '', 'aaaa', 0])
    runs(11, { cgroup: container, environ: otel('cart') })
    who({ pid: 11 })
    expect(who({ pid: 12 })[0]).toBe('node')
  })

  test('has no name from a session or from the root cgroup, where anything may run', () => {
    runs(7, { environ: otel('cart'), cgroup: '0::/user.slice/user-0.slice/session-1.scope\n' })
    who()
    expect(who({ pid: 8 })[0]).toBe('node')
    runs(9, { cgroup: `1:name=systemd:/docker/${B}\n0::/\n`, environ: otel('cart') })
    who({ pid: 9, cgroupLo: 1 })
    expect(who({ pid: 10, cgroupLo: 1 })).toEqual(['node', 'process', '', '', '', 0])
  })

  test('has nothing from a cgroup whose processes are in several containers by version 1', () => {
    runs(7, { cgroup: `1:name=systemd:/docker/${A}\n0::/system.slice/docker.service\n` })
    who()
    expect(who({ pid: 8 })[4]).toBe('aaaa')
    runs(9, { cgroup: `1:name=systemd:/docker/${B}\n0::/system.slice/docker.service\n` })
    who({ pid: 9 })
    expect(who({ pid: 10 })).toEqual(['node', 'process', '', '', '', 0])
    expect(who({ pid: 8 })[4]).toBe('')
  })

  test('is not taken for the one that has its pid now', () => {
    runs(7, { ticks: 6000, environ: otel('later') })
    expect(who()).toEqual(['node', 'process', '', '', '', 0])
    expect(who({ aliveAt: 61_000 })[0]).toBe('later')
    expect(who({ process: 'curl' })[0]).toBe('curl')
    const reread = reads.length
    expect(who({ aliveAt: 61_000 })[0]).toBe('later')
    expect(reads).toHaveLength(reread)
  })

  test('is looked for once a minute, not at each record', () => {
    for (let i = 0; i < 50; i++) who()
    expect(reads).toEqual(['7 stat'])
    runs(7, { environ: otel('new') })
    expect(who({ time: 1_070_000 })[0]).toBe('new')
  })
})

test('a burst of processes is cut and counted; those left out are read at their next record', () => {
  for (let pid = 1; pid <= 300; pid++) runs(pid, { environ: otel(`s${pid}`) })
  const names = () => Array.from({ length: 300 }, (_, i) => processes.of(seen({ pid: i + 1 })))
  processes.turn()
  expect(names().filter((p) => p.own)).toHaveLength(100)
  expect([processes.skipped, processes.gone]).toEqual([200, 0])
  processes.turn()
  names()
  processes.turn()
  expect(names().map((p) => p.service)).toEqual(Array.from({ length: 300 }, (_, i) => `s${i + 1}`))
})

test('this very process', () => {
  const real = new Processes(new Containers())
  const { service, start, container } = real.of(seen({ pid: process.pid, aliveAt: 1e12, time: Date.now() }))
  expect(service).not.toBe('')
  expect(start).toBeGreaterThan(0)
  expect(container.id).toMatch(/^([0-9a-f]{64})?$/)
})

test('an environment is read up to 64 KiB, what may not be read or is gone is undefined', () => {
  expect(readProc(process.pid, 'environ')).toContain('PATH=')
  expect(readProc(2 ** 30, 'environ')).toBeUndefined()
  expect(readProc(2 ** 30, 'stat')).toBeUndefined()
})
