import { randomUUID } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '@headwater/contracts/runtime'
import { sweepPids } from '../self/pids.js'

export interface Owner {
  uid: number
  gid: number
}

/**
 * A data folder:
 * ```
 * lock      who serves it
 * token     of the API, 0600
 * pids/     Headwater's own processes
 * console/  root's copy of the console's build, where that lies out of the unprivileged user's reach
 * run/      sockets and secrets of what runs now, 0700
 * store/    the embedded ClickHouse, 0700; store.json beside it says what wrote it last
 * ```
 * As root with an unprivileged owner, only token, run and store are the owner's: root never writes where another may swap files.
 */
export interface DataDir {
  path: string
  token: string
  pids: string
  run: string
  store: string
  busSocket: string
}

export const dataDirAt = (path: string): DataDir => ({
  path,
  token: join(path, 'token'),
  pids: join(path, 'pids'),
  run: join(path, 'run'),
  store: join(path, 'store'),
  busSocket: join(path, 'run', 'bus.sock'),
})

/** mkdir with `recursive` says ENOENT on a read-only file system; what is there says the truth. */
function cause(path: string, error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  if (error.code !== 'ENOENT') return error
  let at = resolve(path)
  while (!existsSync(at)) at = dirname(at)
  try {
    accessSync(at, constants.W_OK)
    return error
  } catch (real) {
    return real as NodeJS.ErrnoException
  }
}

function refuse(path: string, cause: NodeJS.ErrnoException): UserError {
  const reasons: Record<string, string> = {
    EROFS: 'it is on a read-only file system',
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    ENOTDIR: 'a part of its path is a file',
    EEXIST: 'a part of it is a file',
    ENOSPC: 'the disk is full',
  }
  const why = reasons[cause.code ?? ''] ?? cause.message
  const fix = 'Name a folder that can be written with --data-dir or HEADWATER_DATA_DIR.'
  return new UserError('data-dir', `The data folder ${path} cannot be used: ${why}.`, fix, { cause })
}

function chownTree(path: string, { uid, gid }: Owner): void {
  lchownSync(path, uid, gid)
  if (!lstatSync(path).isDirectory()) return
  for (const name of readdirSync(path)) chownTree(join(path, name), { uid, gid })
}

/** Gives a folder to its owner; all that is in it, where it was another's before (who is locked out meanwhile). */
function give(path: string, owner: Owner | undefined): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (owner === undefined) return
  const { uid, gid } = lstatSync(path)
  if (uid === owner.uid && gid === owner.gid) return
  chownSync(path, 0, 0)
  chmodSync(path, 0o700)
  chownTree(path, owner)
}

/**
 * Makes the folder, or checks that it can be written.
 * @param owner who runs the unprivileged parts, where that is not this process's user
 * @throws UserError `data-dir`
 */
export function prepareDataDir(path: string, owner?: Owner): DataDir {
  const dir = dataDirAt(path)
  try {
    mkdirSync(path, { recursive: true, mode: owner === undefined ? 0o700 : 0o755 })
    mkdirSync(dir.pids, { recursive: true, mode: 0o755 })
    sweepPids(dir.pids)
    // A probe of its own: all folders may be there already, on a disk that became read-only.
    const probe = join(path, `.probe.${randomUUID()}`)
    writeFileSync(probe, '', { flag: 'wx' })
    rmSync(probe)
    for (const folder of [dir.run, dir.store]) give(folder, owner)
    if (owner !== undefined) giveToken(dir.token, owner)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw refuse(path, cause(path, error as NodeJS.ErrnoException))
  }
  return dir
}

function giveToken(path: string, owner: Owner): void {
  try {
    lchownSync(path, owner.uid, owner.gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
