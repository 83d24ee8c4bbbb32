import { expect, test } from 'vitest'
import { ContainerIds, containerIdIn, type ReadProc, readProc, startTimeIn } from './container-ids.js'

const A = 'a'.repeat(64)
const B = '0123456789abcdef'.repeat(4)

test.each([
  [`0::/docker/${A}\n`, A],
  [`0::/system.slice/docker-${A}.scope\n`, A],
  [`0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${B}.scope\n`, B],
  [`12:pids:/kubepods/pod1/${A}\n0::/kubepods/pod1/${A}/${B}/init\n`, B],
  [`0::/../${A}\n`, A],
  ['0::/user.slice/session-1.scope\n', ''],
  [`0::/${A}a\n`, ''],
])('container of %j', (text, id) => {
  expect(containerIdIn(text)).toBe(id)
})

test('start time of a process whose name has spaces and parentheses', () => {
  const fields = Array.from({ length: 49 }, (_, i) => String(i + 4)).join(' ')
  expect(startTimeIn(`42 (a b) c) S ${fields}\n`)).toBe('22')
  expect(Number(startTimeIn(readProc(process.pid, 'stat') ?? ''))).toBeGreaterThan(0)
})

function setUp() {
  const files: Record<string, string | undefined> = {}
  const reads: string[] = []
  const read: ReadProc = (pid, name) => {
    reads.push(`${pid} ${name}`)
    return files[`${pid} ${name}`]
  }
  const stat = (start: number) => `1 (x) S ${Array.from({ length: 49 }, () => start).join(' ')}`
  return { files, reads, stat, containers: new ContainerIds(read) }
}

test('reads a process once, checks it after a while, and sees that a pid was taken over', () => {
  const { files, reads, stat, containers } = setUp()
  files['7 stat'] = stat(100)
  files['7 cgroup'] = `0::/${A}`
  expect(containers.of(7, 'web', 5, 0, 0)).toBe(A)
  expect(containers.of(7, 'web', 5, 0, 50_000)).toBe(A)
  expect(reads).toEqual(['7 stat', '7 cgroup'])
  expect(containers.of(7, 'web', 5, 0, 70_000)).toBe(A)
  expect(reads).toHaveLength(3)
  files['7 stat'] = stat(200)
  files['7 cgroup'] = `0::/${B}`
  expect(containers.of(7, 'web', 5, 0, 140_000)).toBe(B)
  expect(containers.of(7, 'other', 5, 0, 140_001)).toBe(B)
})

test('a process that is gone has the container of its cgroup, but not of the root cgroup', () => {
  const { files, stat, containers } = setUp()
  files['7 stat'] = stat(1)
  files['7 cgroup'] = `0::/${A}`
  containers.of(7, 'web', 5, 0, 0)
  expect(containers.of(8, 'curl', 5, 0, 0)).toBe(A)
  expect(containers.of(8, 'curl', 6, 0, 0)).toBe('')
  files['9 stat'] = stat(1)
  files['9 cgroup'] = `0::/${B}`
  containers.of(9, 'web', 1, 0, 0)
  expect(containers.of(10, 'curl', 1, 0, 0)).toBe('')
})

test('a burst of processes is cut and counted', () => {
  const { files, stat, containers } = setUp()
  for (let pid = 1; pid <= 300; pid++) files[`${pid} stat`] = stat(1)
  containers.turn()
  for (let pid = 1; pid <= 300; pid++) containers.of(pid, 'x', pid + 10, 0, 0)
  expect(containers.skipped).toBe(200)
})

test('this very process', () => {
  expect(new ContainerIds().of(process.pid, 'node', 1, 0, 0)).toMatch(/^([0-9a-f]{64})?$/)
  expect(new ContainerIds().of(0, '', 0, 0, 0)).toBe('')
})
