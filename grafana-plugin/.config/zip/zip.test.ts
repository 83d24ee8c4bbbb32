import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { entriesOf } from './entries.js'
import { zipPlugin } from './zip.js'

const folder = mkdtempSync(join(tmpdir(), 'headwater-zip-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function zipped(name: string): Promise<Buffer> {
  const dist = join(folder, 'dist')
  mkdirSync(join(dist, 'datasource'), { recursive: true })
  for (const file of [
    'plugin.json',
    'module.js',
    'module.js.map',
    'datasource/plugin.json',
    'datasource/gpx_headwater_linux_amd64',
  ])
    writeFileSync(join(dist, file), file)
  await zipPlugin(dist, 'headwater-app', join(folder, name))
  return readFileSync(join(folder, name))
}

test('one folder named by the id, programs that may be run, no source maps', async () => {
  const entries = entriesOf(await zipped('a.zip'))
  expect(Object.fromEntries(entries.map((e) => [e.name, e.mode.toString(8)]))).toEqual({
    'headwater-app/datasource/gpx_headwater_linux_amd64': '100755',
    'headwater-app/datasource/plugin.json': '100644',
    'headwater-app/module.js': '100644',
    'headwater-app/plugin.json': '100644',
  })
})

test('the same build is the same file', async () => {
  expect((await zipped('a.zip')).equals(await zipped('b.zip'))).toBe(true)
})
