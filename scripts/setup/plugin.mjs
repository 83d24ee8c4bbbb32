// @ts-check
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { locked } from './lock.mjs'
import { installReason } from './packages.mjs'
import { cache, machineEnv, root, toolEnv } from './paths.mjs'
import { run, step } from './progress.mjs'
import { fingerprint, readStamp, writeStamp } from './stamp.mjs'

const folder = join(root, 'grafana-plugin')
const backend = join(folder, 'backend')
/** Grafana 13's packages, which browser tests load the built plugin into; Grafana 12's are those that it is compiled against. */
const host = join(folder, 'test', 'host', '13')

const stampPath = join(cache, 'plugin.json')
/** The plugin is made of the console's views, too. */
const parts = {
  folders: ['grafana-plugin', 'services/console', 'services/contracts'],
  files: ['package-lock.json', 'tsconfig.base.json'],
}

/**
 * @param {string} path
 * @param {string} name
 */
async function install(path, name) {
  const reason = installReason(path)
  if (reason === undefined) return
  await step(`npm ci of ${name} (${reason})`, () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: path, env: machineEnv() }),
  )
}

/**
 * @param {string} cwd
 * @param {string} script
 */
const npmRun = (cwd, script) => run('npm', ['run', '--silent', script], { cwd, env: toolEnv() })

/** Packages, build and zip of the Grafana plugin, after the product's own build. Nothing but tests and `npm run plugin` needs them. */
export async function preparePlugin() {
  await locked(async () => {
    await install(folder, 'the Grafana plugin')
    const hasBackend = existsSync(join(backend, 'package.json'))
    if (hasBackend) await install(backend, "the Grafana plugin's backend")
    const before = fingerprint(root, parts)
    const stamp = readStamp(stampPath)
    if (stamp?.sources === before.sources && stamp.built === before.built) return
    await step('Grafana plugin', async () => {
      await npmRun(folder, 'build')
      if (hasBackend) await npmRun(backend, 'build')
      await npmRun(folder, 'zip')
    })
    writeStamp(stampPath, { sources: before.sources, built: fingerprint(root, parts).built, abilities: 'all' })
  })
}

/** What browser tests of the plugin need besides. */
export const preparePluginHost = () => locked(() => install(host, 'Grafana 13 for the browser tests'))
