import { describe, expect, it } from 'vitest'
import { basicToken, httpRuleXml, randomAccess } from './access.js'

describe('httpRuleXml', () => {
  it('names exactly the tokens of the three users', () => {
    const access = randomAccess()
    const pattern = /Authorization>regex:(.*)<\/Authorization/.exec(httpRuleXml(access))?.[1] ?? ''
    const rule = new RegExp(pattern)
    for (const credentials of Object.values(access)) expect(rule.test(basicToken(credentials))).toBe(true)
    expect(rule.test(basicToken({ user: 'default', password: '' }))).toBe(false)
    expect(rule.test(basicToken({ ...access.query, password: `${access.query.password}x` }))).toBe(false)
  })
})
