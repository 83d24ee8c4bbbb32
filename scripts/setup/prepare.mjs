// @ts-check
import { join } from 'node:path'
import { build } from './build.mjs'
import { locked } from './lock.mjs'
import { installPackages, installReason } from './packages.mjs'
import { cache, nodeMajor, productNode, root } from './paths.mjs'
import { SetupError } from './progress.mjs'
import { fingerprint, readStamp, writeStamp } from './stamp.mjs'
import { hasLab, prepareSystem, prepareUser } from './system.mjs'

const stampPath = join(cache, 'build.json')

/** True where the last build is of these very sources, and still there. Takes some milliseconds. */
export function isReady() {
  const stamp = readStamp(stampPath)
  if (stamp === undefined || installReason(root) !== undefined) return false
  // A build that had to do without the agent is tried again, in case the tools have come.
  if (stamp.abilities !== 'all' && process.platform === 'linux') return false
  const now = fingerprint(root)
  return stamp.sources === now.sources && stamp.built === now.built
}

/**
 * Brings the checkout to where it runs: system packages, npm packages, build. What is there already is not done again.
 * @param {{ tests?: boolean, lab?: boolean }} [options]
 */
export async function prepare({ tests = false, lab = false } = {}) {
  if (nodeMajor() < 20) {
    throw new SetupError(
      `Node ${process.versions.node} is too old: Headwater's set-up needs Node 20 or later (https://nodejs.org).`,
    )
  }
  if (!tests && (!lab || hasLab()) && isReady()) return
  await locked(async () => {
    const can = await prepareSystem({ tests, lab })
    if (isReady()) return
    await prepareUser()
    await installPackages()
    if (productNode() === undefined) {
      throw new SetupError(
        `Headwater runs on Node 24, and there is none for ${process.platform}-${process.arch} in node_modules. Install Node 24 and run this again.`,
      )
    }
    const abilities = can.kernel ? 'all' : 'no-agent'
    const before = fingerprint(root)
    const stamp = readStamp(stampPath)
    if (stamp?.sources === before.sources && stamp.built === before.built && stamp.abilities === abilities) return
    await build(can)
    // Sources as they were when the build began: what was changed meanwhile is built next time.
    writeStamp(stampPath, { sources: before.sources, built: fingerprint(root).built, abilities })
  })
}

/**
 * Runs a script's work; an error for the user is its text alone.
 * @param {() => Promise<void>} work
 */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.message : /** @type {Error} */ (error).stack}\n`)
    process.exitCode = 1
  }
}
