import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noAgent, notRoot, PROGRAM, run, skip, temporaryFolder } from './support/headwater.js'

const folder = temporaryFolder()
afterAll(() => folder.remove())

let folders = 0
const fresh = () => join(folder.path, `data-${folders++}`)
const anyPort = ['--listen', '127.0.0.1:0']

describe('wrong usage ends with 2', () => {
  it.each([
    [['up', '--listn', '1:1'], 'unknown option', '--listen'],
    [['upp'], 'unknown command', 'up'],
    [['up', 'extra'], 'too many arguments', ''],
    [['up', '--listen', '4400'], '--listen is "4400"', 'HOST:PORT'],
    [['agent', '--agent-netns', 'netns/a'], '--agent-netns is "netns/a"', 'absolute paths'],
    [['flows', '-o', 'xml'], 'xml', 'table, json, jsonl'],
    [['flows', '--since', 'yesterday'], 'yesterday', '5m'],
    [['ingest'], 'kafka.brokers is not set', 'HEADWATER_KAFKA_BROKERS'],
    [['up', '--prices', '/nonexistent.yaml'], 'price table /nonexistent.yaml: ENOENT', 'docs/cost.md'],
    [['query', '--prices', '/nonexistent.yaml'], 'price table /nonexistent.yaml: ENOENT', 'HEADWATER_PRICES'],
    [['up', '--cidrs', '/nonexistent.yaml'], 'cidrs: /nonexistent.yaml: cannot be read', 'docs/addresses.md'],
  ])('%j', async (args, what, allowed) => {
    const { code, stderr } = await run(args)
    expect(stderr).toContain(what)
    expect(stderr).toContain(allowed)
    expect(code).toBe(2)
  })

  it('an unknown variable', async () => {
    const { code, stderr } = await run(['config'], { env: { HEADWATER_LISTN: 'x' } })
    expect(code).toBe(2)
    expect(stderr).toContain('HEADWATER_LISTN')
    expect(stderr).toContain('did you mean HEADWATER_LISTEN?')
  })

  it('an unknown key in the file', async () => {
    const path = join(folder.path, 'config.yaml')
    writeFileSync(path, 'listen: 127.0.0.1:0\nstore:\n  max-byte: 1GiB\n')
    const { code, stderr } = await run(['up', '--config', path])
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean store.max-bytes?')
  })
})

describe('a wrong price table ends with 2, before anything is started', () => {
  it.each(['up', 'query'])('%s', async (command) => {
    const path = join(folder.path, 'prices.yaml')
    writeFileSync(path, 'currency: USD\nprices:\n  - { name: zones, item: cross-zone, per_gb: -1 }\n')
    const dir = fresh()
    const { code, stderr } = await run([command, '--data-dir', dir], { env: { HEADWATER_PRICES: path } })
    expect(code).toBe(2)
    expect(stderr).toContain(`${path}: prices[0] (zones): per_gb is -1, and takes a number from 0`)
    expect(existsSync(dir)).toBe(false)
  })

  it('all mistakes at once, and none of them steers the terminal', async () => {
    const path = join(folder.path, 'many.yaml')
    const text = `currency: DOLLARS
"note\\e[2J\\nheadwater: all is well": 1
prices:
  - { name: minus, item: cross-zone, per_gb: -1 }
  - { name: a, item: cross-region, from: x, per_gb: 1 }
  - { name: b, item: cross-region, to: y, per_gb: 1 }
  - { name: gap, item: internet, tiers: [{ up_to_gb: 10, per_gb: 1 }] }
  - { name: euro, item: nat-gateway, per_gb: 1, currency: EUR }
`
    writeFileSync(path, text)
    const { code, stderr } = await run(['query', '--prices', path, '--data-dir', fresh()])
    expect(code).toBe(2)
    const lines = stderr.replace(/^headwater: /, '').split('\n')
    const told = [
      'currency is "DOLLARS", and takes a code of ISO 4217',
      '"note\\u001b[2J\\nheadwater: all is well" is no key of a price table',
      'prices[0] (minus): per_gb is -1',
      '"a" (from x) and "b" (to y) are equally specific prices of cross-region',
      'prices[3] (gap): tiers[0]: up_to_gb is 10, and takes nothing in the last tier: what is beyond would have no price',
      'prices[4] (euro): currency is no key of nat-gateway; the whole table has one currency',
    ]
    for (const says of told)
      expect(lines.filter((line) => line.startsWith(`${path}: `) && line.includes(says)).length, says).toBe(1)
    expect(lines.filter((line) => line.startsWith(`${path}: `))).toHaveLength(told.length)
    expect(stderr).toContain('docs/cost.md describes the file; mend it')
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })
})

describe('help and version', () => {
  it.each(['up', 'agent', 'ingest', 'query', 'migrate', 'doctor', 'flows', 'accounts', 'config'])(
    '%s',
    async (command) => {
      const help = await run([command, '--help'])
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout).toContain(`Usage: headwater ${command}`)
      expect(await run([command, '--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
    },
  )
})

describe('what is in the way ends with 1, and a way out', () => {
  it('a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const { code, stderr, stdout } = await run(['up', '--data-dir', fresh(), '--listen', `127.0.0.1:${port}`])
    server.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`127.0.0.1:${port} is in use`)
    expect(stderr).toContain('--listen')
    expect(stdout).toBe('')
  })

  it('a data folder whose path is a file', async () => {
    const path = fresh()
    writeFileSync(path, '')
    const { code, stderr } = await run(['up', '--data-dir', join(path, 'x'), ...anyPort])
    expect(code).toBe(1)
    expect(stderr).toContain('a part of its path is a file')
  })

  it.skipIf(skip('a read-only data folder', notRoot))('a data folder on a read-only file system', async () => {
    const path = fresh()
    mkdirSync(path)
    // A mount namespace of its own: nothing to undo.
    const script = 'mount -t tmpfs -o ro none "$1" && shift && exec "$@"'
    const args = ['-m', 'sh', '-c', script, 'sh', path, process.execPath, PROGRAM, 'up', '--data-dir', path, ...anyPort]
    const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8' })
    expect(stderr).toContain(`The data folder ${path} cannot be used: it is on a read-only file system`)
    expect(stderr).toContain('--data-dir')
    expect(status).toBe(1)
  })

  const nowhere = '/run/netns/none-of-this-name'
  it.skipIf(skip('a network namespace that is not there', noAgent))(
    'a network namespace that is not there',
    async () => {
      const netns = ['--agent-netns', `/proc/self/ns/net,${nowhere}`]
      const agent = await run(['agent', ...netns, '--data-dir', fresh()])
      expect(agent.stderr).toContain(`headwater: ${nowhere} cannot be observed: it does not exist`)
      expect(agent.stderr).toContain('ip netns list')
      expect(agent.stderr).not.toContain('    at ')
      expect(agent.code).toBe(1)
      const doctor = await run(['doctor', ...netns, '--data-dir', fresh()])
      expect(doctor.stdout).toMatch(/ok {4}agent\.netns +\/proc\/self\/ns\/net\n/)
      expect(doctor.stdout).toMatch(
        new RegExp(`FAIL {2}agent\\.netns +${nowhere} cannot be observed: it does not exist\\n`),
      )
      expect(doctor.code).toBe(1)
    },
  )

  it('a data folder of a newer version', async () => {
    const path = fresh()
    mkdirSync(path)
    writeFileSync(join(path, 'store.json'), '{"schema":9999,"library":"99.1.0"}')
    const { code, stderr } = await run(['up', '--data-dir', path, ...anyPort])
    expect(code).toBe(1)
    expect(stderr).toContain('newer version')
    expect(existsSync(join(path, 'store.json'))).toBe(true)
  })
})

describe('an outside ClickHouse', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await startTestStore()
  })
  afterAll(() => store?.stop())

  const commands = [['up'], ['query'], ['ingest', '--kafka-brokers', '127.0.0.1:1'], ['migrate']]

  it.each(commands)('%s: nobody answers at the URL', async (...command) => {
    const listen = ['up', 'query'].includes(command[0] ?? '') ? anyPort : []
    const args = [...command, ...listen, '--data-dir', fresh(), '--clickhouse-url', 'http://127.0.0.1:1']
    const { code, stderr } = await run(args)
    expect(stderr).toContain('No ClickHouse answers at http://127.0.0.1:1')
    expect(stderr).toContain('HEADWATER_CLICKHOUSE_URL')
    expect(code).toBe(1)
  })

  it.each(commands)('%s: the password is wrong', async (...command) => {
    const { url, access } = store.store.connection
    const listen = ['up', 'query'].includes(command[0] ?? '') ? anyPort : []
    const args = [...command, ...listen, '--data-dir', fresh(), '--clickhouse-url', url]
    const env = { HEADWATER_CLICKHOUSE_USER: access.admin.user, HEADWATER_CLICKHOUSE_PASSWORD: 'wrong' }
    const { code, stderr } = await run(args, { env })
    expect(stderr).not.toContain('at async')
    expect(stderr).toContain('HEADWATER_CLICKHOUSE_')
    expect(code).toBe(1)
  })
})
