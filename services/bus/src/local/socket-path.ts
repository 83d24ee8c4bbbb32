import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { dirname, join } from 'node:path'
import { UserError } from '@headwater/contracts'

/** sun_path of unix(7) holds 108 bytes with its NUL. */
const MAX_SOCKET_PATH = 107

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    const done = (value: boolean) => {
      socket.destroy()
      resolve(value)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
    socket.setTimeout(2000, () => done(true))
  })
}

/** Makes sure nothing lives at `path`; a socket that nobody answers on may be replaced. @throws UserError */
export async function checkSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) + '/.bus-XXXXXX'.length > MAX_SOCKET_PATH)
    throw new UserError(
      'bus.socket-path-too-long',
      `the socket's path ${path} is longer than a Unix socket allows`,
      'choose a shorter data-dir',
    )
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new UserError(
      'bus.socket-unusable',
      `cannot look at ${path}: ${error.message}`,
      'check the rights of data-dir',
    )
  })
  if (found === undefined) return
  if (!found.isSocket())
    throw new UserError(
      'bus.socket-unusable',
      `${path} exists and is not a socket`,
      `move it away: mv ${path} ${path}.old`,
    )
  if (await answers(path))
    throw new UserError(
      'bus.socket-in-use',
      `another headwater answers on ${path}`,
      'stop it, or give this one another data-dir',
    )
}

/**
 * A private folder (0700, whatever the umask) beside the final path: the socket is made in there, gets its mode, and only then is
 * renamed to where agents look for it. Nobody can connect before.
 * @throws UserError
 */
export async function privateFolder(path: string): Promise<{ folder: string; remove(): Promise<void> }> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const folder = await mkdtemp(join(dirname(path), '.bus-'))
    return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
  } catch (cause) {
    throw new UserError(
      'bus.socket-unusable',
      `cannot make a socket in ${dirname(path)}: ${(cause as Error).message}`,
      'give a data-dir that this user may write to',
      { cause },
    )
  }
}
