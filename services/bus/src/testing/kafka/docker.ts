import { request } from 'node:http'
import type { StartedTestContainer } from 'testcontainers'
import { brokerSettings, freePort, javaOptions } from './settings.js'
import type { TestKafka } from './types.js'

export const OFFICIAL_IMAGE = 'apache/kafka:4.2.0'

/** Where the engine listens: DOCKER_HOST where it is a Unix socket, else the usual one. */
function enginePath(): string {
  const host = process.env.DOCKER_HOST
  return host?.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock'
}

/** Why no Docker engine can be used here, or undefined where one answers. */
export function dockerMissing(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const ping = request({ socketPath: enginePath(), path: '/_ping', timeout: 3000 })
    ping.on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200 ? undefined : `the Docker engine answered ${response.statusCode}`)
    })
    ping.on('timeout', () => ping.destroy(new Error('no answer in 3 s')))
    ping.on('error', (error) => resolve(`no Docker engine on ${enginePath()}: ${error.message}`))
    ping.end()
  })
}

/** `log.dirs` as the official image takes it from the environment: KAFKA_LOG_DIRS. */
const variable = (setting: string): string => `KAFKA_${setting.replaceAll('.', '_').toUpperCase()}`

/**
 * A broker in a container. The image is the official one, or any that takes settings from KAFKA_ variables and serves on 9092
 * (as the Dockerfile beside this file makes).
 */
export async function startDockerKafka(image: string): Promise<TestKafka> {
  // Ryuk's image would come from a registry; what is started here is removed by stop().
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers')
  const port = await freePort()
  const settings = {
    ...brokerSettings,
    'controller.quorum.voters': '1@127.0.0.1:9093',
    listeners: 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093',
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': '/tmp/kafka-data',
  }
  const ready = () => Wait.forLogMessage(/Kafka Server started/)
  const environment = Object.fromEntries(Object.entries(settings).map(([name, value]) => [variable(name), value]))
  let container: StartedTestContainer | undefined = await new GenericContainer(image)
    .withEnvironment({ ...environment, KAFKA_HEAP_OPTS: javaOptions.slice(0, 2).join(' ') })
    .withExposedPorts({ container: 9092, host: port })
    .withWaitStrategy(ready())
    .withStartupTimeout(90_000)
    .start()
  const id = container.getId()
  const engine = (await getContainerRuntimeClient()).container
  return {
    mode: 'docker',
    brokers: [`127.0.0.1:${port}`],
    async kill9() {
      await engine.getById(id).kill({ signal: 'SIGKILL' })
      await engine.getById(id).wait()
    },
    async pause() {
      await engine.getById(id).pause()
    },
    async resume() {
      await engine.getById(id).unpause()
    },
    async restart() {
      await container?.restart({ timeout: 1 })
    },
    async stop() {
      const started = container
      container = undefined
      await started?.stop({ timeout: 10, remove: true, removeVolumes: true })
    },
  }
}
