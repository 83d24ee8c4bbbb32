import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { notRoot, skip } from '../support/headwater.js'

const MEGABYTES = 1536

/** Less than the store leaves free, so that it refuses; enough for what it has begun. */
const LEFT_BYTES = 128 << 20

/** A file system of its own, which can be filled up. */
export interface Disk {
  readonly path: string
  /** Takes what is free but for 128 MiB, also what has become free since. */
  fill(): void
  free(): void
  remove(): void
}

/** In memory. @returns undefined, with the reason printed, where this user may not mount one */
export function makeDisk(path: string): Disk | undefined {
  if (skip('chaos: store out of disk', notRoot)) return undefined
  mkdirSync(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=755`, 'headwater-chaos', path])
  const data = join(path, 'data')
  mkdirSync(data)
  let ballasts = 0
  const ballast = (n: number) => join(path, `ballast-${n}`)
  return {
    path: data,
    fill: () => {
      const { bavail, bsize } = statfsSync(path)
      const bytes = bavail * bsize - LEFT_BYTES
      if (bytes > 0) execFileSync('fallocate', ['-l', `${bytes}`, ballast(ballasts++)])
    },
    free: () => {
      for (; ballasts > 0; ballasts--) if (existsSync(ballast(ballasts - 1))) rmSync(ballast(ballasts - 1))
    },
    remove: () => execFileSync('umount', ['-l', path]),
  }
}
