import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfig } from '../config/load.js'
import { checkDataDir, checkDisk } from './disk.js'
import { checkNamespaces } from './namespaces.js'
import { checkBtf, checkClock, checkKernel, checkNode, checkPrivilege } from './system.js'

it.each([
  ['6.18.44-x', 'ok'],
  ['5.15.0-91-generic', 'ok'],
  ['5.10.0', 'fail'],
  ['4.19.0', 'fail'],
])('kernel %s: %s', (release, state) => expect(checkKernel('linux', release).state).toBe(state))

it('says what works where there is no Linux', () => expect(checkKernel('darwin').fix).toContain('query and console'))

it.each([
  ['24.1.0', 'ok'],
  ['20.1.0', 'warn'],
])('Node %s: %s', (version, state) => expect(checkNode(version).state).toBe(state))

it('misses BTF, and says what kernel has it', () => {
  expect(checkBtf('/nowhere')).toMatchObject({ state: 'fail', detail: '/nowhere is missing' })
  expect(checkBtf('/').state).toBe('ok')
})

it('misses the capabilities', () => {
  expect(checkPrivilege('CapEff:\t0000000000000000\n')).toMatchObject({ state: 'warn' })
  expect(checkPrivilege('CapEff:\t000001ffffffffff\n').state).toBe('ok')
})

it.skipIf(process.platform !== 'linux')('looks at the clock', async () => expect((await checkClock()).state).toBe('ok'))

it('looks at the data folder and its disk, also before there is one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-doctor-'))
  const config = loadConfig({ env: {}, flags: { 'data-dir': join(folder, 'a', 'b') } })
  expect(checkDataDir(config)).toMatchObject({ state: 'ok', detail: expect.stringContaining('to be made in') })
  expect(checkDisk(config).detail).toMatch(/GiB free; the store takes at most 10GiB/)
  rmSync(folder, { recursive: true })
})

it.skipIf(process.platform !== 'linux')('looks at the network namespaces that the agent is limited to', async () => {
  const paths = ['/proc/self/ns/net', '/run/netns/none-of-this-name', '/proc/self/ns/mnt']
  const checks = await checkNamespaces(loadConfig({ env: {}, flags: { 'agent.netns': paths.join(',') } }))
  expect(checks.map(({ state, detail }) => `${state} ${detail}`)).toEqual([
    'ok /proc/self/ns/net',
    'fail /run/netns/none-of-this-name cannot be observed: it does not exist',
    'fail /proc/self/ns/mnt cannot be observed: it is no network namespace, but a mount namespace',
  ])
  expect(checks[1]?.fix).toContain('ip netns list')
  expect(await checkNamespaces(loadConfig({ env: {} }))).toEqual([])
})
