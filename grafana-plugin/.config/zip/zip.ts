import { createWriteStream, mkdirSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import yazl from 'yazl'

/** Always the same, so that the same build is the same file. */
const TIME = new Date('2020-01-01T00:00:00Z')

const filesIn = (folder: string, under = ''): string[] =>
  readdirSync(join(folder, under), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((e) => (e.isDirectory() ? filesIn(folder, join(under, e.name)) : [join(under, e.name)]))

/** A plugin's dist as Grafana takes it: one folder named by the id; the backend's programs may be run. */
export async function zipPlugin(dist: string, id: string, file: string): Promise<void> {
  const zip = new yazl.ZipFile()
  for (const name of filesIn(dist)) {
    const mode = /(^|\/)gpx_[^/]+$/.test(name) ? 0o100755 : 0o100644
    // Maps name the sources, which stand in the repository.
    if (!name.endsWith('.map')) zip.addFile(join(dist, name), `${id}/${name}`, { mode, mtime: TIME })
  }
  zip.end()
  mkdirSync(dirname(file), { recursive: true })
  await pipeline(zip.outputStream, createWriteStream(file))
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..')
  const { name, version } = createRequire(import.meta.url)('../../package.json') as { name: string; version: string }
  const file = join(root, 'build', `${name}-${version}.zip`)
  await zipPlugin(join(root, 'dist'), name, file)
  console.log(file)
}
