import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSelfPids, registerPid, sweepPids, unregisterPid } from '../self/pids.js'
import { processStart } from '../self/process.js'
import { prepareDataDir } from './data-dir.js'
import { defaultDataDir } from './location.js'
import { lockDataDir } from './lock.js'
import { ensureToken, readToken } from './token.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-data-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('where it is', () => {
  it.each([
    [0, {}, '/var/lib/headwater'],
    [1000, { XDG_DATA_HOME: '/x' }, '/x/headwater'],
  ])('uid %d, %j', (uid, env, path) => expect(defaultDataDir(env, uid)).toBe(path))
  it('leaves a relative XDG folder alone', () =>
    expect(defaultDataDir({ XDG_DATA_HOME: 'x' }, 1000)).toMatch(/\.local\/share\/headwater$/))
})

describe('preparing', () => {
  it('makes private folders, and takes them again', () => {
    const path = join(folder, 'a', 'b')
    prepareDataDir(path)
    const dir = prepareDataDir(path)
    for (const private_ of [dir.run, dir.store, path]) expect(statSync(private_).mode & 0o777).toBe(0o700)
  })
  it('says so where a file is in the way', () => {
    writeFileSync(join(folder, 'f'), '')
    expect(() => prepareDataDir(join(folder, 'f', 'x'))).toThrow(/cannot be used: a part of its path is a file/)
  })
})

describe('the token', () => {
  it('is random, private, and kept', () => {
    const path = join(folder, 'token')
    const token = ensureToken(path)
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(ensureToken(path)).toBe(token)
    expect(ensureToken(join(folder, 'other'))).not.toBe(token)
  })
  it('is undefined without a file, and an error in a broken one', () => {
    expect(readToken(join(folder, 'none'))).toBeUndefined()
    writeFileSync(join(folder, 'token'), 'x')
    expect(() => readToken(join(folder, 'token'))).toThrow(/holds no token/)
  })
})

describe('the lock', () => {
  it('is held by one, and names it', () => {
    const release = lockDataDir(folder)
    expect(() => lockDataDir(folder)).toThrow(new RegExp(`in use by another Headwater \\(process ${process.pid}\\)`))
    release()
    lockDataDir(folder)()
    expect(readdirSync(folder)).toEqual([])
  })
  it.each([
    ['gone', { pid: 4_194_304, start: '1' }],
    ['another one with its id', { pid: process.pid, start: '1' }],
    ['not readable', 'x'],
  ])('is taken over where its holder is %s', (_, holder) => {
    writeFileSync(join(folder, 'lock'), JSON.stringify(holder))
    lockDataDir(folder)()
  })
})

describe.skipIf(process.platform !== 'linux')('own processes', () => {
  it('knows them while they live', async () => {
    const child = spawn('sleep', ['60'])
    const pid = child.pid as number
    try {
      registerPid(folder, pid)
      expect(createSelfPids(folder)()).toEqual(new Set([process.pid, pid]))
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(createSelfPids(folder)()).toEqual(new Set([process.pid]))
      sweepPids(folder)
      expect(readdirSync(folder)).toEqual([])
    } finally {
      child.kill('SIGKILL')
    }
  })
  it('does not take a later process with the same id for one', () => {
    registerPid(folder, process.ppid)
    writeFileSync(join(folder, String(process.ppid)), '1')
    expect(createSelfPids(folder)()).toEqual(new Set([process.pid]))
    unregisterPid(folder, process.ppid)
    expect(readdirSync(folder)).toEqual([])
  })
  it('reads a start that stays', () => {
    expect(processStart(process.pid)).toMatch(/^\d+$/)
    expect(processStart(process.pid)).toBe(processStart(process.pid))
    expect(processStart(4_194_304)).toBeUndefined()
  })
  it('does without a folder', () => expect(createSelfPids(join(folder, 'none'))()).toEqual(new Set([process.pid])))
})
