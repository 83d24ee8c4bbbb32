import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript: it runs before anything is installed
import { installReason } from './packages.mjs'
// @ts-expect-error plain JavaScript
import { fingerprint, readStamp, writeStamp } from './stamp.mjs'

let root: string
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headwater-setup-'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('the fingerprint', () => {
  beforeEach(() => {
    write('package.json', '{}')
    write('services/a/src/x.ts', '1')
    write('services/a/dist/x.js', '1')
    write('native/build/a.node', '1')
  })
  const changes = (change: () => void) => {
    const before = fingerprint(root)
    change()
    const after = fingerprint(root)
    return { sources: before.sources !== after.sources, built: before.built !== after.built }
  }

  it('stays while nothing changes', () => expect(changes(() => undefined)).toEqual({ sources: false, built: false }))
  it.each([
    ['a source', 'services/a/src/x.ts', '22'],
    ['a new source', 'services/a/src/y.ts', '1'],
    ['a lock file', 'package-lock.json', '{}'],
    ['a kernel program', 'bpf/tcp.bpf.c', '1'],
  ])('%s', (_, path, text) => expect(changes(() => write(path, text))).toEqual({ sources: true, built: false }))
  it('sees a file of the same size by its time', () => {
    const touch = () => utimesSync(join(root, 'services/a/src/x.ts'), 1, 1)
    expect(changes(touch)).toEqual({ sources: true, built: false })
  })
  it.each([
    ['what was built', 'services/a/dist/x.js', '22'],
    ['what was built in C', 'native/build/a.node', '22'],
  ])('%s', (_, path, text) => expect(changes(() => write(path, text))).toEqual({ sources: false, built: true }))
  it('sees a build that was deleted', () => {
    const remove = () => rmSync(join(root, 'services/a/dist'), { recursive: true })
    expect(changes(remove)).toEqual({ sources: false, built: true })
  })
  it.each([
    'services/a/src/x.test.ts',
    'services/a/README.md',
    'services/a/node_modules/b/index.js',
    'services/a/test/t.ts',
  ])('leaves %s alone', (path) => expect(changes(() => write(path, '1'))).toEqual({ sources: false, built: false }))
})

it('a stamp that is not there or broken is none', () => {
  const path = join(root, 'x', 'stamp.json')
  expect(readStamp(path)).toBeUndefined()
  writeStamp(path, { sources: 'a', built: 'b', abilities: 'all' })
  expect(readStamp(path)).toEqual({ sources: 'a', built: 'b', abilities: 'all' })
  writeFileSync(path, '{"sou')
  expect(readStamp(path)).toBeUndefined()
})

describe('npm ci', () => {
  const lock = (packages: object) => JSON.stringify({ packages })
  const a = { version: '1.0.0', integrity: 'x' }
  const install = (packages: object) => {
    write('node_modules/.package-lock.json', lock(packages))
    for (const path of Object.keys(packages)) write(`${path}/package.json`, '{}')
  }

  it('runs the first time', () => {
    write('package-lock.json', lock({ 'node_modules/a': a }))
    expect(installReason(root)).toBe('first time')
  })
  it('runs after one that was interrupted: npm writes its lock file last', () => {
    write('package-lock.json', lock({ 'node_modules/a': a }))
    write('node_modules/a/package.json', '{}')
    expect(installReason(root)).toBe('node_modules is incomplete')
  })
  it('does not run where all is there, but for the optional packages of other systems', () => {
    const linked = { '': {}, 'services/a': {}, 'node_modules/@headwater/a': { link: true, resolved: 'services/a' } }
    write('package-lock.json', lock({ ...linked, 'node_modules/a': a, 'node_modules/mac': { ...a, optional: true } }))
    install({ 'node_modules/a': a, 'node_modules/@headwater/a': { link: true } })
    expect(installReason(root)).toBeUndefined()
  })
  it('runs for another version, another content, and a folder that was deleted', () => {
    install({ 'node_modules/a': a })
    write('package-lock.json', lock({ 'node_modules/a': { ...a, version: '1.0.1' } }))
    expect(installReason(root)).toBe('node_modules/a changed')
    write('package-lock.json', lock({ 'node_modules/a': { ...a, integrity: 'y' } }))
    expect(installReason(root)).toBe('node_modules/a changed')
    write('package-lock.json', lock({ 'node_modules/a': a }))
    rmSync(join(root, 'node_modules/a'), { recursive: true })
    expect(installReason(root)).toBe('node_modules/a is missing')
  })
})
