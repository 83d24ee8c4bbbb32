// @ts-check
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { cache } from './paths.mjs'
import { say } from './progress.mjs'

const path = join(cache, 'setup.lock')

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/** @returns {number | undefined} the process that holds the lock */
function take() {
  try {
    mkdirSync(cache, { recursive: true })
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return undefined
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
  }
  const holder = Number(readFileSync(path, 'utf8'))
  // In a container each start has the same process id: a lock of this very id is one that a killed set-up left.
  if (Number.isInteger(holder) && holder > 0 && holder !== process.pid && isAlive(holder)) return holder
  rmSync(path, { force: true })
  return take()
}

/**
 * One set-up at a time in a checkout: `npm start` beside `npm test` on a fresh clone would install over each other.
 * @template T
 * @param {() => Promise<T>} work
 */
export async function locked(work) {
  for (let told = false; ; told = true) {
    const holder = take()
    if (holder === undefined) break
    if (!told) say(`waiting for another set-up of this checkout (process ${holder})`)
    await setTimeout(300)
  }
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.removeListener('exit', release)
    release()
  }
}
