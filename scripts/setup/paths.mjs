// @ts-check
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const bin = join(root, 'node_modules', '.bin')

/** Node 24 as the dev dependency brings it. */
export const ownNode = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')

/** Where the scripts keep what they know of the last set-up. */
export const cache = join(root, '.cache')

/** PATH of the machine alone: npm puts node_modules/.bin in front, which `npm ci` is about to remove. */
const machinePath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== bin && folder !== dirname(ownNode))
    .join(delimiter)

/** Environment for tools of the checkout: its own Node first. */
export const toolEnv = () => ({ ...process.env, PATH: [dirname(ownNode), bin, machinePath()].join(delimiter) })

/** Environment for npm: the machine's Node. */
export const machineEnv = () => ({ ...process.env, PATH: machinePath() })

/** @param {string} name a program of node_modules/.bin */
export const tool = (name) => join(bin, name)

/**
 * The Node that runs the product: the one of node_modules, else the running one where it is new enough.
 * @returns {string | undefined}
 */
export function productNode() {
  if (process.platform === 'linux' && existsSync(ownNode)) return ownNode
  return nodeMajor() >= 24 ? process.execPath : undefined
}

export const nodeMajor = () => Number(process.versions.node.split('.')[0])

/**
 * Full path of a program on PATH.
 * @param {string} name
 * @returns {string | undefined}
 */
export function which(name) {
  for (const folder of `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter)) {
    if (folder !== '' && existsSync(join(folder, name))) return join(folder, name)
  }
  return undefined
}
