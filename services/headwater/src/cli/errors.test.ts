import { UserError } from '@headwater/contracts/runtime'
import { afterEach, expect, it, vi } from 'vitest'
import { FAILED, report, USAGE } from './errors.js'

const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
afterEach(() => written.mockClear())
const said = () => written.mock.calls.map(([text]) => String(text)).join('')

it('says what is wrong and what to do', () => {
  expect(report(new UserError('config', 'a is 1', 'Give 2.'))).toBe(USAGE)
  expect(said()).toBe('headwater: a is 1\n\nGive 2.\n')
})

it('lets no text from a file or an answer steer the terminal; lines stay lines', () => {
  expect(report(new UserError('x', 'of \u001b[2J\u009b1m\u202e:\n\tone', 'mend \u001b]0;x\u0007\n\n    sudo x'))).toBe(
    FAILED,
  )
  report(new Error('boom \u001b[2J'))
  expect(said()).toContain('of \\u001b[2J\\u009b1m\\u202e:\n\tone\n')
  expect(said()).toContain('\n\n    sudo x\n')
  expect(said()).toContain('boom \\u001b[2J')
  expect(said().replace(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})
