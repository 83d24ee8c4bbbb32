import { describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript: it runs before anything is installed
import { countTests } from './report.mjs'
// @ts-expect-error plain JavaScript
import { parseArguments } from './stages.mjs'

const file = (...statuses: string[]) => ({
  name: 'a.test.ts',
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status, fullName: status })),
})

describe('counting', () => {
  it('counts each test once', () => {
    const counts = countTests('unit', { testResults: [file('passed', 'passed', 'failed', 'pending', 'todo')] }, 1)
    expect(counts).toMatchObject({ passed: 2, failed: 1, skipped: 2 })
    expect(counts.skips).toEqual(['unit: a.test.ts: pending', 'unit: a.test.ts: todo'])
  })
  it.each([
    ['a run without a report', undefined, null],
    ['a file that could not be loaded', { testResults: [{ ...file(), status: 'failed', message: 'SyntaxError' }] }, 1],
    ['a hook that failed', { testResults: [{ ...file('passed', 'skipped'), status: 'failed', message: 'hook' }] }, 1],
    ['an error outside of the tests', { testResults: [file('passed')] }, 1],
    ['an error before the first test', { testResults: [] }, 1],
  ])('%s has failed', (_, report, code) => expect(countTests('unit', report, code)).toMatchObject({ failed: 1 }))
  it('says why in one line', () => {
    const failureMessages = ['AssertionError: 1 is not 2\n    at a.test.ts:3:5']
    const assertionResults = [{ status: 'failed', fullName: 'sums', failureMessages }]
    const { failures } = countTests('unit', { testResults: [{ ...file(), assertionResults }] }, 1)
    expect(failures).toEqual(['unit: a.test.ts: sums: AssertionError: 1 is not 2'])
  })
  it('does not count a failure twice', () => {
    expect(countTests('unit', { testResults: [file('failed')] }, 1)).toMatchObject({ failed: 1 })
  })
})

describe('arguments', () => {
  const all = ['build', 'types', 'lint', 'unit', 'integration', 'browser']
  it.each([
    [[], { only: all, filters: [] }],
    [['--only', 'unit'], { only: ['unit'], filters: [] }],
    [['--only=unit,e2e'], { only: ['unit', 'browser'], filters: [] }],
    [['services/bus'], { only: ['unit', 'integration', 'browser'], filters: ['services/bus'] }],
    [['--only', 'it', 'fleet'], { only: ['integration'], filters: ['fleet'] }],
  ])('%j', (args, wanted) => expect(parseArguments(args)).toEqual(wanted))
  it.each([[['--only', 'units']], [['--only']], [['--watch']]])('%j is wrong usage', (args) =>
    expect(parseArguments(args)).toHaveProperty('error'),
  )
})
