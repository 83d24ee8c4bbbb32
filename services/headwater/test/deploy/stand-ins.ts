import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { prepareKafka } from '@headwater/bus/testing'
import { findLibrary } from '@headwater/store'
import { TestEngine } from '../support/docker.js'
import { CHECKOUT } from '../support/headwater.js'
import { DEBIAN, debianArchive } from './debian.js'

const exec = promisify(execFile)
const here = fileURLToPath(new URL('./stand-ins/', import.meta.url))
const kafkaFolder = join(CHECKOUT, 'services/bus/src/testing/kafka')

/** Images in place of the official ones, by the variable of compose.yaml. Grafana has none. */
export const STAND_INS = {
  KAFKA_IMAGE: 'stand-in/kafka:it',
  CLICKHOUSE_IMAGE: 'stand-in/clickhouse:it',
  PROMETHEUS_IMAGE: 'stand-in/prometheus:it',
  ALERTMANAGER_IMAGE: 'stand-in/alertmanager:it',
}

/** Those that apt has a part in, built on an engine with this machine's network, and Debian itself, as a tar; from the cache where nothing has changed. */
async function archive(cache: string, folder: string): Promise<string> {
  const libs = await prepareKafka()
  const sources = [
    join(here, 'monitoring.Dockerfile'),
    ...['Dockerfile', 'run.sh', 'log4j2.xml', 'pom.xml'].map((f) => join(kafkaFolder, f)),
  ]
  const key = createHash('sha256')
  for (const path of sources) key.update(readFileSync(path))
  const path = join(cache, `images-${key.digest('hex').slice(0, 12)}.tar`)
  if (existsSync(path)) return path
  const engine = new TestEngine('host')
  await engine.start()
  try {
    await engine.docker('import', await debianArchive(cache), DEBIAN)
    const build = (...args: string[]) => engine.docker('build', '-q', '--network', 'host', ...args)
    const context = join(folder, 'kafka')
    cpSync(kafkaFolder, context, { recursive: true })
    cpSync(libs, join(context, 'libs'), { recursive: true })
    await build('-t', STAND_INS.KAFKA_IMAGE, context)
    const monitoring = ['-f', join(here, 'monitoring.Dockerfile'), here]
    await build('--target', 'prometheus', '-t', STAND_INS.PROMETHEUS_IMAGE, ...monitoring)
    await build('--target', 'alertmanager', '-t', STAND_INS.ALERTMANAGER_IMAGE, ...monitoring)
    const { CLICKHOUSE_IMAGE: _, ...built } = STAND_INS
    await engine.docker('save', '-o', `${path}.part`, DEBIAN, ...Object.values(built))
    renameSync(`${path}.part`, path)
  } finally {
    await engine.stop()
  }
  return path
}

/** Puts Debian and the stand-ins into an engine that need not have a network. */
export async function loadStandIns(engine: TestEngine, cache: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true })
  await engine.docker('load', '-q', '-i', await archive(cache, folder))
  const context = join(folder, 'clickhouse')
  const { launcher, library } = await findLibrary()
  cpSync(join(here, 'clickhouse'), context, { recursive: true })
  await exec('cp', [launcher, library, context])
  await engine.docker('build', '-q', '-t', STAND_INS.CLICKHOUSE_IMAGE, context)
}
