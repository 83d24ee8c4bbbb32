import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig } from './load.js'
import { printConfig } from './print.js'
import { secretFiles } from './secret-file.js'
import type { Sources } from './sources.js'

const folder = mkdtempSync(join(tmpdir(), 'headwater-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

const TOKEN = 'a-token-out-of-a-file'
let files = 0
function file(content: string | Uint8Array): string {
  const path = join(folder, `secret-${files++}`)
  writeFileSync(path, content)
  return path
}
const load = (env: Record<string, string>, more: Partial<Sources> = {}) => loadConfig({ env, ...more })
const tokenIn = (path: string) => load({ HEADWATER_TOKEN_FILE: path }).token
function problem(...sources: Parameters<typeof load>): string {
  try {
    load(...sources)
  } catch (error) {
    expect(error).toMatchObject({ code: 'config' })
    return (error as Error).message
  }
  throw new Error('no problem found')
}

const around: Record<string, string> = {
  HEADWATER_CLICKHOUSE_URL: 'http://clickhouse:8123',
  HEADWATER_KAFKA_BROKERS: 'kafka:9092',
  HEADWATER_KAFKA_SASL_MECHANISM: 'plain',
  HEADWATER_KAFKA_SASL_USERNAME: 'u',
}

describe('a secret in a file', () => {
  it('may be each secret there is', () => {
    expect([...secretFiles.keys()]).toEqual(['token-file', 'kafka.sasl.password-file', 'clickhouse.password-file'])
    const config = load({
      ...around,
      HEADWATER_TOKEN_FILE: file(TOKEN),
      HEADWATER_KAFKA_SASL_PASSWORD_FILE: file('of Kafka'),
      HEADWATER_CLICKHOUSE_PASSWORD_FILE: file('of ClickHouse'),
    })
    expect(config).toMatchObject({
      token: TOKEN,
      'kafka.sasl.password': 'of Kafka',
      'clickhouse.password': 'of ClickHouse',
    })
    expect(Object.keys(config).filter((name) => name.endsWith('-file'))).toEqual([])
  })

  it('may be named in the configuration file, and is printed masked', () => {
    const config = file(`kafka:\n  sasl: { password-file: ${file('hunter2')} }\ntoken-file: ${file(TOKEN)}`)
    const loaded = load(around, { file: config })
    expect(loaded).toMatchObject({ token: TOKEN, 'kafka.sasl.password': 'hunter2' })
    expect(printConfig(loaded)).not.toMatch(/hunter2|out-of-a-file/)
  })

  it.each(['\n', '\r\n', ''])('ends with its line: %j', (end) => expect(tokenIn(file(`${TOKEN}${end}`))).toBe(TOKEN))
  it('keeps what is inside the line', () => {
    const password = (content: string) =>
      load({ ...around, HEADWATER_KAFKA_SASL_PASSWORD_FILE: file(content) })['kafka.sasl.password']
    expect(password(' pass word \n')).toBe(' pass word ')
    expect(password('pässwörd')).toBe('pässwörd')
  })
  it('may be behind a link, as Kubernetes has them', () => {
    const link = join(folder, 'link')
    symlinkSync(file(TOKEN), link)
    expect(tokenIn(link)).toBe(TOKEN)
  })
})

describe('a bad file names the setting and itself', () => {
  const none = join(folder, 'none')
  it.each([
    ['not there', none, 'which does not exist'],
    ['under a file', join(file(''), 'x'), 'which cannot be read: ENOTDIR'],
    ['a folder', folder, 'which is a folder'],
    ['empty', file(''), 'which is empty'],
    ['an empty line', file('\n'), 'which is empty'],
    ['two lines', file(`${TOKEN}\nmore\n`), 'which holds more than one line'],
    ['no text', file(new Uint8Array([0xff, 0xfe, 0x00])), 'which is not text in UTF-8'],
    ['no token', file('hunter2'), 'which must hold 16 to 256 characters'],
    ['no path', '', 'and takes the path of a file'],
  ])('%s', (_, path, says) => {
    const said = problem({ HEADWATER_TOKEN_FILE: path })
    expect(said).toContain(`HEADWATER_TOKEN_FILE is "${path}", ${says}`)
    expect(said).not.toMatch(/hunter2|out-of-a-file/)
  })

  it('not for this user', () => {
    const path = file(TOKEN)
    chmodSync(path, 0)
    const root = process.geteuid?.() === 0
    if (root) process.seteuid?.(65_534)
    try {
      expect(problem({ HEADWATER_TOKEN_FILE: path })).toContain(`"${path}", which this user may not read`)
    } finally {
      if (root) process.seteuid?.(0)
    }
  })

  it('of the configuration file, too', () => {
    const config = file(`kafka.sasl.password-file: ${none}\ntoken-file: [a]`)
    expect(problem(around, { file: config }).split('\n')).toEqual([
      `token-file in ${config} is ["a"], and takes the path of a file`,
      `kafka.sasl.password-file in ${config} is "${none}", which does not exist`,
    ])
  })

  it('and a name that is nearly one', () => {
    expect(problem({ HEADWATER_TOKEN_FILES: 'x' })).toContain('did you mean HEADWATER_TOKEN_FILE?')
    expect(problem({}, { file: file('tokenfile: x') })).toContain('did you mean token-file?')
  })
})

describe('a secret and its file are one key', () => {
  const other = 'another-token-than-that'
  it('refused where one source gives both', () => {
    const env = { HEADWATER_TOKEN: other, HEADWATER_TOKEN_FILE: file(TOKEN) }
    expect(problem(env)).toBe('HEADWATER_TOKEN and HEADWATER_TOKEN_FILE are both given: leave out one of the two')
    const config = file(`token: ${other}\ntoken-file: ${file(TOKEN)}`)
    expect(problem({}, { file: config })).toContain('are both given')
  })
  it('the environment wins over the configuration file, either way', () => {
    const named = file(`token-file: ${join(folder, 'none')}`)
    expect(load({ HEADWATER_TOKEN: other }, { file: named }).token).toBe(other)
    expect(load({ HEADWATER_TOKEN_FILE: file(TOKEN) }, { file: file(`token: ${other}`) }).token).toBe(TOKEN)
  })
})
