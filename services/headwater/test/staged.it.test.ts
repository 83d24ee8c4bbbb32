import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHECKOUT, cleanEnv, follow, skip, temporaryFolder } from './support/headwater.js'

// What goes into the images has every package that its commands load, and no checkout around it that would have it instead.

const missing = existsSync(join(CHECKOUT, 'native/build')) ? undefined : 'the addon is not built'

describe.skipIf(skip('what goes into the images', missing))('what goes into the images', () => {
  const folder = temporaryFolder()

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [join(CHECKOUT, 'deploy/images/stage.mjs')])
    cpSync(join(CHECKOUT, 'deploy/images/build'), folder.path, { recursive: true, verbatimSymlinks: true })
  })
  afterAll(() => folder.remove())

  const nowhere = 'http://127.0.0.1:1'
  it.each([
    ['services', ['ingest'], 'kafka.brokers is not set'],
    ['services', ['query', '--clickhouse-url', nowhere], `No ClickHouse answers at ${nowhere}`],
    ['services', ['migrate', '--clickhouse-url', nowhere], `No ClickHouse answers at ${nowhere}`],
    ['services', ['flows', '--url', nowhere], `No Headwater answers at ${nowhere}`],
    ['services', ['accounts', '--url', nowhere], `No Headwater answers at ${nowhere}`],
    ['agent', ['agent', '--agent-netns', '/run/netns/none'], '/run/netns/none cannot be observed'],
  ])('of %s: %j gets as far as what is not there', async (image, args, says) => {
    const root = join(folder.path, image)
    const program = [join(root, 'services/headwater/bin/headwater.js'), ...args]
    const env = cleanEnv({ HEADWATER_TOKEN: 'of-what-goes-into-images', HEADWATER_DATA_DIR: join(folder.path, 'data') })
    const running = follow(spawn(join(root, 'bin/node'), program, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
    await running.ended
    expect(running.stderr()).toContain(says)
  })
})
