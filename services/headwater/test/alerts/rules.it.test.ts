import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { rulesFile } from '../../src/alerts/files.js'
import { alertRules } from '../../src/alerts/rules.js'
import { CHECKOUT, skip } from '../support/headwater.js'
import { noPrometheus } from '../support/prometheus.js'
import { promtoolTests } from './case.js'
import { changeCases } from './change-cases.js'
import { healthCases } from './health-cases.js'
import { selfCases } from './self-cases.js'

const folder = join(CHECKOUT, 'deploy', 'prometheus')
const cases = [...healthCases, ...changeCases, ...selfCases]
const severities = new Map(alertRules().map(({ alert, labels }) => [alert, labels.severity]))

/** Compares a file with what the code says; with UPDATE_DOCS=1 it writes it. */
function expectFile(path: string, text: string): void {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, text)
  expect(readFileSync(path, 'utf8')).toBe(text)
}

const tool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(args[0] as string, args.slice(1), { cwd: folder, encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}

describe('the rules of deploy/prometheus', () => {
  it('are those of the code, and so are their tests', () => {
    expectFile(join(folder, 'headwater.rules.yml'), rulesFile())
    const head = '# Generated from services/headwater/test/alerts; run: promtool test rules headwater.rules.test.yml\n'
    const tests = stringify(promtoolTests(cases, severities), { lineWidth: 0, aliasDuplicateObjects: false })
    expectFile(join(folder, 'headwater.rules.test.yml'), head + tests)
  })

  it('are all tested, firing and not firing', () => {
    for (const { alert } of alertRules())
      for (const firing of [true, false])
        expect(
          cases.some((c) => c.alert === alert && c.fires.length > 0 === firing),
          `${alert} ${firing ? 'firing' : 'not firing'}`,
        ).toBe(true)
  })
})

describe.skipIf(skip('promtool', noPrometheus))('promtool and amtool', () => {
  it('pass the tests of every rule', () => {
    const { status, said } = tool('promtool', 'test', 'rules', 'headwater.rules.test.yml')
    expect(status, said).toBe(0)
  })

  it('find nothing in the rules and the examples', () => {
    for (const args of [
      ['promtool', 'check', 'rules', 'headwater.rules.yml'],
      ['promtool', 'check', 'config', 'prometheus.yml'],
      ['amtool', 'check-config', 'alertmanager.yml'],
    ]) {
      const { status, said } = tool(...args)
      expect(status, said).toBe(0)
    }
  })
})
