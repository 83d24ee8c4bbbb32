import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestKafka, type TestKafka } from '@headwater/bus/testing'
import type { FlowsAnswer, NodesAnswer } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { noDocker, TestEngine } from '../support/docker.js'
import { eventually, noAgent, skip, temporaryFolder } from '../support/headwater.js'
import { hasJava } from '../support/java.js'
import { notAsked } from './asked.js'
import { baseArchive } from './base.js'

const exec = promisify(execFile)
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const TOKEN = 'images-test-token-0123456789'
const PORT = 20_000 + (process.pid % 10_000)
const API = 31_000 + (process.pid % 1_000)
const reason = notAsked ?? noAgent ?? noDocker ?? (hasJava() ? undefined : 'Kafka needs Java 17 and Maven')

interface Service {
  cap_drop: string[]
  cap_add?: string[]
  security_opt: string[]
  privileged?: boolean
  pid?: string
  tmpfs: string[]
}
const compose = parse(readFileSync(join(root, 'deploy/compose/compose.yaml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>
}

type Counter = 'connects' | 'accepts' | 'closes'
const sum = (flows: FlowsAnswer['flows'], counter: Counter) => flows.reduce((n, flow) => n + flow[counter], 0)

/** Rights of a service as compose.yaml has them, as flags of `docker run`. */
function rights(name: string): string[] {
  const service = compose.services[name] as Service
  return [
    ...service.cap_drop.flatMap((c) => ['--cap-drop', c]),
    ...(service.cap_add ?? []).flatMap((c) => ['--cap-add', c]),
    ...service.security_opt.flatMap((o) => ['--security-opt', o.replace(':', '=')]),
    ...service.tmpfs.flatMap((t) => ['--tmpfs', t]),
    ...(service.pid === undefined ? [] : ['--pid', service.pid]),
    '--read-only',
  ]
}

describe.skipIf(skip('images on a real Docker engine', reason))('images of agent and services', () => {
  const folder = temporaryFolder()
  const engine = new TestEngine('host')
  let kafka: TestKafka
  let store: TestStore

  const get = async <T>(path: string): Promise<T | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${API}${path}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    }).catch(() => undefined)
    return answer?.status === 200 ? ((await answer.json()) as T) : undefined
  }
  const start = (name: string, flags: string[], image: string, ...command: string[]) =>
    engine.docker('run', '-d', '--name', name, '--network', 'host', ...flags, image, ...command)

  beforeAll(async () => {
    ;[kafka, store] = await Promise.all([startTestKafka({ mode: 'jvm' }), startTestStore(), engine.start()])
    const archive = await baseArchive(folder.path, [process.execPath, join(root, 'native/build/headwater.node')])
    await engine.docker('import', archive, 'base:here')
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, BASE: 'base:here', TAG: 'it' }
    await exec(join(root, 'deploy/images/build.sh'), { env })
  }, 300_000)
  afterAll(async () => {
    await engine.stop()
    await store?.stop()
    await kafka?.stop()
    folder.remove()
  }, 60_000)
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    for (const name of ['migrate', 'ingest', 'query', 'agent'])
      console.error(
        name,
        await exec('docker', ['-H', `unix://${engine.socket}`, 'logs', '--tail', '15', name]).catch((e) => e.message),
      )
  })

  it('show a container’s traffic by its name, over Kafka, with the rights of compose.yaml and no more', async () => {
    const { url, access } = store.store.connection
    const secrets = join(folder.path, 'secrets')
    mkdirSync(secrets)
    writeFileSync(join(secrets, 'clickhouse'), `${access.admin.password}\n`, { mode: 0o444 })
    writeFileSync(join(secrets, 'token'), TOKEN, { mode: 0o444 })
    const brokers = ['-e', `HEADWATER_KAFKA_BROKERS=${kafka.brokers.join(',')}`]
    const services = [
      ...[...rights('query'), ...brokers, '-v', `${secrets}:/run/secrets:ro`],
      ...['-e', `HEADWATER_CLICKHOUSE_URL=${url}`, '-e', `HEADWATER_CLICKHOUSE_USER=${access.admin.user}`],
      ...[
        '-e',
        'HEADWATER_CLICKHOUSE_PASSWORD_FILE=/run/secrets/clickhouse',
        '-e',
        'HEADWATER_TOKEN_FILE=/run/secrets/token',
      ],
      ...['-e', `HEADWATER_LISTEN=127.0.0.1:${API}`, '-e', 'HEADWATER_METRICS_LISTEN=127.0.0.1:0'],
    ]
    await start('migrate', services, 'headwater/services:it', 'migrate')
    expect(await engine.docker('wait', 'migrate')).toBe('0')
    await start('ingest', services, 'headwater/services:it', 'ingest')
    await start('query', services, 'headwater/services:it', 'query')
    const socket = ['-v', `${engine.socket}:/var/run/docker.sock`, '-e', 'HEADWATER_METRICS_LISTEN=127.0.0.1:0']
    const cgroups = ['-v', '/sys/fs/cgroup:/host/cgroup:ro']
    await start(
      'agent',
      [...rights('agent'), ...brokers, ...socket, ...cgroups, '-e', 'HEADWATER_NODE=it-node'],
      'headwater/agent:it',
    )
    const nodes = await eventually(
      'the node',
      async () => {
        const answer = await get<NodesAnswer>('/api/v1/nodes')
        return answer?.nodes.some((n) => n.node === 'it-node' && n.state === 'live') ? answer.nodes : undefined
      },
      40_000,
    )
    // Nothing is lost for want of a right.
    expect(nodes.flatMap((n) => n.capabilities.filter((c) => !c.ok).map((c) => c.name))).toEqual([])

    // The server stays in the foreground: of one that listens and then forks, the process that listened is gone.
    // A network namespace of its own, in which both ends are: it has loopback alone. Each call lives through a walk.
    const call = `(sleep 7; printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 1) | nc 127.0.0.1 ${PORT} >/dev/null`
    await engine.docker(
      'run',
      '-d',
      '--name',
      'cart-1',
      '--network',
      'none',
      'base:here',
      'sh',
      '-c',
      `httpd -f -p ${PORT} -h /www & sleep 8; ${call} & ${call} & sleep 1000`,
    )
    const filter = encodeURIComponent(`{server_port="${PORT}"}`)
    const flows = await eventually(
      'its flows',
      async () => {
        const answer = await get<FlowsAnswer>(`/api/v1/flows?from=now-5m&limit=100&filter=${filter}`)
        return sum(answer?.flows ?? [], 'closes') >= 4 ? answer?.flows : undefined
      },
      45_000,
    )
    expect(new Set(flows.map((flow) => flow.container_name))).toEqual(new Set(['cart-1']))
    // Two connections, seen at both ends. A start is told by the first row, an end by the last one.
    expect(['connects', 'accepts', 'closes'].map((name) => sum(flows, name as Counter))).toEqual([2, 2, 4])

    const inspect = (name: string, what: string) => engine.docker('inspect', '-f', `{{json ${what}}}`, name)
    expect([await inspect('agent', '.HostConfig.Privileged'), await inspect('query', '.Config.User')]).toEqual([
      'false',
      '"65532:65532"',
    ])
    expect(JSON.parse(await inspect('agent', '.HostConfig.CapAdd'))).toHaveLength(4)
    for (const name of ['agent', 'ingest']) {
      const since = performance.now()
      await engine.docker('stop', '-t', '8', name)
      expect(performance.now() - since).toBeLessThan(7_000)
    }
  }, 150_000)
})
