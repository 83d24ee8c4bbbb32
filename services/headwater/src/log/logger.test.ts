import { expect, it } from 'vitest'
import { createLogger } from './logger.js'

const now = () => new Date('2026-01-02T03:04:05.678Z')
function lines(options: { level?: 'debug' | 'info' | 'warn' | 'error'; format?: 'text' | 'json' }) {
  const written: string[] = []
  const logger = createLogger({ level: 'info', format: 'text', now, write: (line) => written.push(line), ...options })
  return { written, logger }
}

it('writes a line of text', () => {
  const { written, logger } = lines({})
  logger
    .child('bus')
    .warn('gone', { port: 1, path: '/run/x', why: 'no one "there"', error: new Error('a', { cause: new Error('b') }) })
  expect(written).toEqual([
    '2026-01-02T03:04:05.678Z warn  bus: gone  port=1 path=/run/x why="no one \\"there\\"" error="a: b"\n',
  ])
})

it('leaves out what is below the level', () => {
  const { written, logger } = lines({ level: 'warn' })
  logger.debug('a')
  logger.info('b')
  logger.error('c')
  expect(written).toHaveLength(1)
})

it('writes JSON', () => {
  const { written, logger } = lines({ format: 'json' })
  logger.info('up', { rows: 5n, message: 'not this' })
  expect(JSON.parse(written[0] ?? '')).toEqual({
    time: '2026-01-02T03:04:05.678Z',
    level: 'info',
    component: 'headwater',
    message: 'up',
    rows: '5',
  })
})

it('keeps a line one line, whatever is in it', () => {
  const { written, logger } = lines({})
  logger.info('a\nb\u001b[31m', { name: 'x\ny' })
  expect(written[0]?.match(/\n/g)).toHaveLength(1)
  expect(written[0]).not.toContain('\u001b')
})

it.each(['text', 'json'] as const)('lets no name steer a terminal or reorder a line (%s)', (format) => {
  const { written, logger } = lines({ format })
  const hostile = 'a\u001b[31m\u009b2J\u007f\u202eb\u2028c\ufeff'
  logger.warn(`of ${hostile}`, { name: hostile, of: [hostile], error: new Error(hostile) })
  expect(written[0]?.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u)
  expect(written[0]).toContain('\\u009b2J')
  if (format === 'json') expect(JSON.parse(written[0] ?? '')).toMatchObject({ name: hostile, message: `of ${hostile}` })
})
