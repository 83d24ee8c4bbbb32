// @ts-check
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const product = {
  folders: ['bpf', 'native', 'agents', 'services'],
  files: ['package.json', 'package-lock.json', 'nx.json', 'tsconfig.base.json'],
}
const outputs = new Set(['dist', 'build'])
const skipped = new Set(['node_modules', 'reports', 'test', 'bench', '.nx', '.cache'])
const isSource = (/** @type {string} */ name) => !name.endsWith('.test.ts') && !name.endsWith('.md')

/**
 * What a checkout looks like without reading its files: a hash over path, size and time of change of all sources, and of
 * all that was built from them. A change of branch, an interrupted build or a deleted folder changes one of the two.
 * @param {string} root
 * @param {{ folders: readonly string[], files: readonly string[] }} [of] of the product, where it is left out
 */
export function fingerprint(root, { folders, files } = product) {
  const sources = createHash('sha256')
  const built = createHash('sha256')
  let sourceFiles = 0
  let builtFiles = 0
  const add = (/** @type {string} */ path, /** @type {boolean} */ isBuilt) => {
    const { size, mtimeMs } = statSync(join(root, path))
    ;(isBuilt ? built : sources).update(`${path}\0${size}\0${mtimeMs}\n`)
    if (isBuilt) builtFiles++
    else sourceFiles++
  }
  const walk = (/** @type {string} */ folder, /** @type {boolean} */ isBuilt) => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name)) walk(path, isBuilt || outputs.has(entry.name))
      } else if (entry.isFile() && (isBuilt || isSource(entry.name))) add(path, isBuilt)
    }
  }
  for (const file of files) if (existsSync(join(root, file))) add(file, false)
  for (const folder of folders) if (existsSync(join(root, folder))) walk(folder, false)
  return { sources: sources.digest('hex'), built: built.digest('hex'), sourceFiles, builtFiles }
}

/** @typedef {{ sources: string, built: string, abilities: string }} Stamp */

/**
 * @param {string} path
 * @returns {Stamp | undefined}
 */
export function readStamp(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param {string} path
 * @param {Stamp} stamp
 */
export function writeStamp(path, stamp) {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(`${path}.new`, `${JSON.stringify(stamp)}\n`)
  renameSync(`${path}.new`, path)
}
