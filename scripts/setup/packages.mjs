// @ts-check
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { machineEnv, ownNode, root, tool } from './paths.mjs'
import { run, step } from './progress.mjs'

/** @typedef {{ version?: string, link?: boolean, optional?: boolean, integrity?: string }} Locked */

/**
 * @param {string} path
 * @returns {Record<string, Locked> | undefined}
 */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

/**
 * Why `npm ci` has to run; undefined where node_modules is what package-lock.json says. npm writes its own lock file into
 * node_modules when it is done, so an interrupted install has none.
 * @param {string} folder
 */
export function installReason(folder) {
  const wanted = lockedPackages(join(folder, 'package-lock.json')) ?? {}
  const installed = lockedPackages(join(folder, 'node_modules', '.package-lock.json'))
  if (installed === undefined)
    return existsSync(join(folder, 'node_modules')) ? 'node_modules is incomplete' : 'first time'
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue
    const have = installed[path]
    // Optional packages are those of other systems, too.
    if (have === undefined && entry.optional === true) continue
    if (have?.version !== entry.version || have?.integrity !== entry.integrity) return `${path} changed`
  }
  for (const path of Object.keys(installed)) {
    if (path.includes('node_modules/') && !existsSync(join(folder, path, 'package.json'))) return `${path} is missing`
  }
  return undefined
}

/** Some versions of npm do not link a program of the name `node`; with it, every npm script runs on Node 24. */
function linkNode() {
  const link = tool('node')
  if (process.platform === 'linux' && existsSync(ownNode) && !existsSync(link)) {
    rmSync(link, { force: true })
    symlinkSync(relative(dirname(link), ownNode), link)
  }
}

export async function installPackages() {
  const reason = installReason(root)
  if (reason === undefined) return linkNode()
  await step(`npm ci (${reason})`, () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, env: machineEnv() }),
  )
  linkNode()
}
