import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config } from '../config/keys.js'
import { formatSize } from '../config/size.js'
import { type Check, fail, ok, warn } from './check.js'

const GIB = 2 ** 30

function existing(path: string): string {
  for (let at = resolve(path); ; at = dirname(at)) if (existsSync(at)) return at
}

export function checkDataDir(config: Config): Check {
  const path = config['data-dir']
  const at = existing(path)
  try {
    accessSync(at, constants.W_OK | constants.X_OK)
    return ok('data-dir', at === resolve(path) ? path : `${path} (to be made in ${at})`)
  } catch {
    return fail(
      'data-dir',
      `${at} cannot be written by this user`,
      'Name another folder with --data-dir or HEADWATER_DATA_DIR, or run this as its owner.',
    )
  }
}

const rounded = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`

export function checkDisk(config: Config): Check {
  const { bavail, bsize } = statfsSync(existing(config['data-dir']))
  const free = bavail * bsize
  const max = config['store.max-bytes']
  const detail = `${rounded(free)} free; the store takes at most ${formatSize(max)}`
  if (free < GIB / 2) return fail('disk', detail, 'Free some space, or name another folder with --data-dir.')
  if (free < max) return warn('disk', detail, 'Free some space, or lower store.max-bytes.')
  return ok('disk', detail)
}
