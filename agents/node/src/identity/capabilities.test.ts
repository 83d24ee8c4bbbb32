import { expect, test } from 'vitest'
import { identityCapabilities, mayReadOthers } from './capabilities.js'
import { Containers } from './containers/containers.js'

test.each([
  ['Name:\tnode\nCapEff:\t000001ffffffffff\n', true],
  ['CapEff:\t0000000000080000\n', true],
  ['CapPrm:\t000001ffffffffff\nCapEff:\t000000c000001000\n', false],
  ['', false],
])('%j', (status, may) => {
  expect(mayReadOthers(status)).toBe(may)
})

test('what is missing, what is lost by it, and how to mend it', () => {
  const containers = new Containers()
  expect(identityCapabilities(containers, 'CapEff:\t0000000000080000\n')).toMatchObject([{ name: 'environ', ok: true }])
  containers.problem = 'connect EACCES /var/run/docker.sock'
  const [environ, docker] = identityCapabilities(containers, 'CapEff:\t0000000000000000\n')
  expect(environ).toMatchObject({ ok: false, fix: expect.stringContaining('SYS_PTRACE') })
  expect(docker).toMatchObject({ ok: false, reason: containers.problem, fix: expect.stringContaining('docker-socket') })
  containers.problem = ''
  expect(identityCapabilities(containers)[1]).toMatchObject({ name: 'docker', ok: true, reason: '' })
})
