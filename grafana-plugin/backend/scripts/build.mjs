// @ts-check
// Builds the backend: one executable for each platform whose Bun is installed, beside the data source's plugin.json.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { backend, bundle } from './bundle.mjs'

/** By Go's names, as Grafana looks for them. Bun comes in a package for each platform, of which npm installs the machine's own. */
const platforms = {
  linux_amd64: 'bun-linux-x64-baseline',
  linux_arm64: 'bun-linux-aarch64',
}
const own = `linux_${process.arch === 'x64' ? 'amd64' : process.arch}`
/** With bytecode it starts in half the time; its heap grows in small steps. Nothing of the folder that it is started in changes what it does. */
const how = [
  ...['--compile', '--minify', '--bytecode', '--format=cjs', '--compile-exec-argv=--smol'],
  ...['dotenv', 'bunfig', 'tsconfig', 'package-json'].map((name) => `--no-compile-autoload-${name}`),
]

/** @param {string} name */
const bun = (name) => join(backend, 'node_modules', '@oven', name, 'bin', 'bun')

const work = join(backend, 'build')
const output = join(backend, '..', 'dist', 'datasource')
mkdirSync(work, { recursive: true })
mkdirSync(output, { recursive: true })
const code = join(work, 'backend.cjs')
await bundle(code)

const runner = bun(platforms[/** @type {keyof typeof platforms} */ (own)] ?? '')
if (!existsSync(runner)) {
  process.stderr.write(
    `The backend is built with Bun, which is not in ${join(backend, 'node_modules')}: run "npm ci" in ${backend}, on Linux.\n`,
  )
  process.exit(1)
}
for (const [platform, name] of Object.entries(platforms)) {
  if (!existsSync(bun(name))) continue
  const made = join(work, `gpx_headwater_${platform}`)
  const cross = platform === own ? [] : [`--compile-executable-path=${bun(name)}`]
  execFileSync(runner, ['build', ...how, ...cross, code, '--outfile', made], {
    cwd: work,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // In one step: Grafana may be starting the one that is there.
  const file = join(output, `gpx_headwater_${platform}`)
  renameSync(made, file)
  process.stdout.write(`${file} (${Math.round(statSync(file).size / 1e6)} MB)\n`)
}
