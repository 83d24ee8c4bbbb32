import { spawn } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The same folder from src and from dist. */
const here = fileURLToPath(new URL('../../../src/testing/kafka/', import.meta.url))
export const pomPath = join(here, 'pom.xml')
export const log4jPath = join(here, 'log4j2.xml')
/** Dockerfile and what it copies. */
export const imageFolder = here

async function kafkaVersion(): Promise<string> {
  const found = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(await readFile(pomPath, 'utf8'))
  if (found?.[1] === undefined) throw new Error(`no version of kafka_2.13 in ${pomPath}`)
  return found[1]
}

function cacheFolder(): string {
  const kafkajs = createRequire(import.meta.url).resolve('kafkajs/package.json')
  return join(dirname(dirname(kafkajs)), '.cache', 'headwater', 'kafka')
}

/** Runs a program to its end. @returns its output @throws Error with the output's tail */
export function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) })
    let output = ''
    const keep = (chunk: Buffer) => {
      output = (output + chunk).slice(-16_384)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (cause) => reject(new Error(`cannot run ${program}: ${cause.message}`, { cause })))
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${code}:\n${output.slice(-2000)}`)),
    )
  })
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * The broker's jars, from the cache or through Maven (once; wants `mvn` and Java 17 or later).
 * @returns the folder that holds them
 */
export async function prepareKafka(): Promise<string> {
  const version = await kafkaVersion()
  const folder = join(cacheFolder(), version)
  if (await exists(folder)) return folder
  await mkdir(cacheFolder(), { recursive: true })
  const making = await mkdtemp(join(cacheFolder(), `.${version}-`))
  try {
    // Maven wants a folder it may write to beside the pom.
    await cp(pomPath, join(making, 'pom.xml'))
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs']
    await run('mvn', ['-q', '-B', '-f', 'pom.xml', ...goal], making)
    await rename(join(making, 'libs'), folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  return folder
}
