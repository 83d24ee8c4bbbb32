import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@headwater/contracts/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { keyNames, variableOf } from './keys.js'
import { loadConfig } from './load.js'
import { MASK, printConfig } from './print.js'
import type { Sources } from './sources.js'

const folder = mkdtempSync(join(tmpdir(), 'headwater-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function file(text: string): string {
  const path = join(folder, `${files++}.yaml`)
  writeFileSync(path, text)
  return path
}

const load = (sources: Partial<Sources>) => loadConfig({ env: {}, ...sources })

function problem(sources: Partial<Sources>): string {
  try {
    load(sources)
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).code).toBe('config')
    return (error as UserError).message
  }
  throw new Error('no problem found')
}

describe('sources', () => {
  it('has defaults', () => {
    const config = load({})
    expect(config.cluster).toBe('default')
    expect(config.node).toBe(hostname())
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 4400 })
    expect(config['store.max-bytes']).toBe(10 * 2 ** 30)
    expect(config['store.raw-retention']).toBe(3 * 86_400_000)
    expect(config['agent.interval']).toBe(5000)
    expect(config['agent.flush']).toBe(500)
    expect(config['kafka.brokers']).toBeUndefined()
  })

  it('takes flags before variables before the file before defaults', () => {
    const path = file('cluster: f\nnode: f\nzone: f\n')
    const config = load({
      file: path,
      env: { HEADWATER_CLUSTER: 'e', HEADWATER_NODE: 'e' },
      flags: { cluster: 'flag' },
    })
    expect([config.cluster, config.node, config.zone, config.region]).toEqual(['flag', 'e', 'f', undefined])
  })

  it('takes a CPU budget as a share of one core, from a file, a variable and a flag', () => {
    const budget = (sources: Partial<Sources>) => load(sources)['agent.cpu-budget']
    expect(budget({})).toBe(0.03)
    expect(budget({ file: file('agent:\n  cpu-budget: 0.5%') })).toBe(0.005)
    expect(budget({ env: { HEADWATER_AGENT_CPU_BUDGET: '12' } })).toBe(0.12)
    expect(budget({ flags: { 'agent.cpu-budget': 'off' } })).toBe(0)
    for (const [value, printed] of [
      ['2.5%', '2.5%'],
      ['off', 'off'],
      ['150', '150%'],
    ])
      expect(printConfig(load({ env: { HEADWATER_AGENT_CPU_BUDGET: value } }))).toContain(`cpu-budget: ${printed}`)
    for (const bad of ['0', '-1%', '0.05%', '2000%', 'much', ''])
      expect(problem({ env: { HEADWATER_AGENT_CPU_BUDGET: bad } })).toMatch(
        /AGENT_CPU_BUDGET is .*from 0.1% to 1000%, or off/,
      )
  })

  it('takes what is to be left out, and says what is wrong with it', () => {
    const config = load({
      file: file('agent:\n  exclude-ports: [22, 8000-8100]\n  exclude-processes: backup'),
      env: { HEADWATER_AGENT_EXCLUDE_CIDRS: '10.0.0.0/8, fd00::/8,192.0.2.7' },
    })
    expect(config['agent.exclude-cidrs']).toEqual(['10.0.0.0/8', 'fd00::/8', '192.0.2.7'])
    expect(config['agent.exclude-ports']).toEqual(['22', '8000-8100'])
    expect(config['agent.exclude-processes']).toEqual(['backup'])
    for (const bad of ['10.0.0.0/33', 'fd00::/129', 'host', '10.0.0.0/8,,', ''])
      expect(problem({ env: { HEADWATER_AGENT_EXCLUDE_CIDRS: bad } })).toMatch(
        /HEADWATER_AGENT_EXCLUDE_CIDRS is .*takes addresses and ranges such as 10.0.0.0\/8/,
      )
    for (const bad of ['0', '70000', '9-8', 'ssh'])
      expect(problem({ flags: { 'agent.exclude-ports': bad } })).toMatch(
        /exclude-ports is .*takes ports from 1 to 65535/,
      )
    expect(problem({ env: { HEADWATER_AGENT_EXCLUDE_PROCESSES: 'x'.repeat(65) } })).toContain('takes names of 1 to 64')
  })

  it('finds the file by HEADWATER_CONFIG, and --config first', () => {
    const env = { HEADWATER_CONFIG: file('cluster: one') }
    expect(load({ env }).cluster).toBe('one')
    expect(load({ env, file: file('cluster: two') }).cluster).toBe('two')
  })

  it('reads nested and dotted keys, lists and scalars', () => {
    const config = load({
      file: file('kafka:\n  brokers: [a:1, "b:2"]\nstore.max-bytes: 1073741824\nnode: 7\nlisten: "[::1]:0"'),
    })
    expect(config['kafka.brokers']).toEqual(['a:1', 'b:2'])
    expect(config['store.max-bytes']).toBe(2 ** 30)
    expect(config.node).toBe('7')
    expect(config.listen).toEqual({ host: '::1', port: 0 })
    expect(load({ env: { HEADWATER_KAFKA_BROKERS: 'a:1, b:2' } })['kafka.brokers']).toEqual(['a:1', 'b:2'])
    const netns = ['/run/netns/a', '/proc/7/ns/net']
    expect(load({ env: { HEADWATER_AGENT_NETNS: netns.join(',') } })['agent.netns']).toEqual(netns)
    expect(load({ file: file(`agent:\n  netns: [${netns}]`) })['agent.netns']).toEqual(netns)
  })

  it('takes an empty file', () => expect(load({ file: file('') }).cluster).toBe('default'))

  it('takes an empty socket of the Docker engine: it is not asked', () => {
    expect(load({})['agent.docker-socket']).toBe('/var/run/docker.sock')
    expect(load({ env: { HEADWATER_AGENT_DOCKER_SOCKET: '' } })['agent.docker-socket']).toBe('')
    expect(load({ file: file('agent:\n  docker-socket: ""') })['agent.docker-socket']).toBe('')
  })

  it('has a variable for each key, all different', () => {
    const variables = keyNames.map(variableOf)
    expect(new Set(variables).size).toBe(keyNames.length)
    expect(variables).toContain('HEADWATER_KAFKA_TLS_CA')
    expect(variables).toContain('HEADWATER_STORE_MAX_BYTES')
  })
})

describe('unknown keys', () => {
  it('in the file', () => {
    const path = file('kafka:\n  broker: a:1')
    const text = problem({ file: path })
    expect(text).toContain('kafka.broker')
    expect(text).toContain(path)
    expect(text).toContain('did you mean kafka.brokers?')
  })
  it('in the environment', () =>
    expect(problem({ env: { HEADWATER_LISTN: 'x' } })).toContain('did you mean HEADWATER_LISTEN?'))
  it('leaves other variables alone', () =>
    expect(load({ env: { PATH: '/bin', HEADWATERS: '1' } }).cluster).toBe('default'))
  it('names all problems at once', () => {
    const lines = problem({ env: { HEADWATER_LISTEN: 'x', HEADWATER_CLUSTER: 'a b', HEADWATER_X: '1' } }).split('\n')
    expect(lines).toHaveLength(3)
  })
})

describe('bad values name the key, the value and what is allowed', () => {
  it.each([
    ['HEADWATER_LISTEN', '4400', 'HOST:PORT'],
    ['HEADWATER_CLUSTER', 'two words', 'a name'],
    ['HEADWATER_NODE', '', 'a name'],
    ['HEADWATER_TOKEN', 'short', '16 to 256'],
    ['HEADWATER_ALLOWED_HOSTS', 'a b', 'host names'],
    ['HEADWATER_KAFKA_BROKERS', 'kafka', 'HOST:PORT'],
    ['HEADWATER_KAFKA_BROKERS', 'kafka:0', 'HOST:PORT'],
    ['HEADWATER_KAFKA_TLS_ENABLED', 'yes', 'true or false'],
    ['HEADWATER_KAFKA_SASL_MECHANISM', 'gssapi', 'scram-sha-512'],
    ['HEADWATER_CLICKHOUSE_URL', 'clickhouse:8123', 'http://clickhouse:8123'],
    ['HEADWATER_CLICKHOUSE_URL', 'http://u:p@h:1', 'without user and password'],
    ['HEADWATER_STORE_MAX_BYTES', '1MiB', 'from 256MiB up'],
    ['HEADWATER_STORE_RAW_RETENTION', '36h', 'whole days'],
    ['HEADWATER_AGENT_INTERVAL', '5', 'a duration'],
    ['HEADWATER_AGENT_INTERVAL', '1h', 'from 1s to 5m'],
    ['HEADWATER_AGENT_FLUSH', '50ms', 'from 100ms to 1m'],
    ['HEADWATER_AGENT_FLUSH', '2m', 'from 100ms to 1m'],
    ['HEADWATER_AGENT_PROFILE', 'all', 'one of tcp, standard, full'],
    ['HEADWATER_AGENT_NETNS', 'run/netns/a', 'absolute paths'],
    ['HEADWATER_AGENT_NETNS', '/run/netns/a,', 'absolute paths'],
    ['HEADWATER_AGENT_NETNS', '', '/run/netns/NAME'],
    ['HEADWATER_AGENT_DOCKER_SOCKET', 'tcp://docker:2375', 'an absolute path'],
    ['HEADWATER_AGENT_DOCKER_SOCKET', 'docker.sock', 'nothing to turn it off'],
    ['HEADWATER_METRICS_LISTEN', 'x', 'HOST:PORT'],
    ['HEADWATER_LOG_LEVEL', 'loud', 'debug, info, warn, error'],
    ['HEADWATER_LOG_FORMAT', 'xml', 'text, json'],
  ])('%s=%s', (variable, value, allowed) => {
    const text = problem({ env: { [variable]: value } })
    expect(text).toContain(variable)
    expect(text).toContain(allowed)
    if (variable !== 'HEADWATER_TOKEN') expect(text).toContain(JSON.stringify(value))
  })

  it('never shows a secret', () => expect(problem({ env: { HEADWATER_TOKEN: 'hunter2' } })).not.toContain('hunter2'))
  it('names a flag', () => expect(problem({ flags: { listen: 'x' } })).toContain('--listen is "x"'))
  it('names a key of the file', () => {
    const path = file('agent:\n  interval: soon')
    expect(problem({ file: path })).toContain(`agent.interval in ${path} is "soon"`)
  })
  it('names a file that is not there, not YAML, or not a map', () => {
    expect(problem({ file: join(folder, 'none.yaml') })).toContain('none.yaml')
    expect(problem({ file: file('a: [') })).toContain('configuration file')
    expect(problem({ file: file('- a') })).toContain('keys and values')
  })
})

describe('values that only fit together', () => {
  const kafka = { HEADWATER_KAFKA_BROKERS: 'a:1' }
  it.each([
    [{ ...kafka, HEADWATER_KAFKA_SASL_USERNAME: 'u' }, 'needs all three'],
    [{ ...kafka, HEADWATER_KAFKA_TLS_CERT: 'c' }, 'together or not at all'],
    [{ ...kafka, HEADWATER_KAFKA_TLS_CA: 'c', HEADWATER_KAFKA_TLS_ENABLED: 'false' }, 'leave out one'],
    [{ HEADWATER_KAFKA_TLS_ENABLED: 'true' }, 'need kafka.brokers'],
    [{ HEADWATER_CLICKHOUSE_PASSWORD: 'p' }, 'needs clickhouse.url'],
  ])('%j', (env, text) => expect(problem({ env })).toContain(text))
  it('accepts them whole', () => {
    const sasl = { MECHANISM: 'plain', USERNAME: 'u', PASSWORD: 'p' }
    const env = Object.fromEntries(Object.entries(sasl).map(([k, v]) => [`HEADWATER_KAFKA_SASL_${k}`, v]))
    expect(load({ env: { ...kafka, ...env } })['kafka.sasl.mechanism']).toBe('plain')
  })
})

describe('printing', () => {
  const env = {
    HEADWATER_TOKEN: 'a-very-secret-token-1',
    HEADWATER_KAFKA_BROKERS: 'a:1,b:2',
    HEADWATER_CLICKHOUSE_URL: 'http://h:1/',
    HEADWATER_CLICKHOUSE_PASSWORD: 'hunter2',
    HEADWATER_AGENT_INTERVAL: '90s',
    HEADWATER_AGENT_NETNS: '/run/netns/a,/run/netns/b',
  }
  it('masks secrets', () => {
    const text = printConfig(load({ env }))
    expect(text).not.toContain('secret')
    expect(text).not.toContain('hunter2')
    expect(text.split(MASK)).toHaveLength(3)
  })
  it('gives a file that means the same', () => {
    const config = load({ env })
    const text = printConfig(config).replace(MASK, 'a-very-secret-token-1').replace(MASK, 'hunter2')
    expect(load({ file: file(text) })).toEqual(config)
  })
})
