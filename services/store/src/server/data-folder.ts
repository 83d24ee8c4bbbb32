import { randomUUID } from 'node:crypto'
import { chmod, lchown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '@headwater/contracts'
import { type Account, writeSecretFile } from './connection.js'

/** Folders of an embedded server: `store` is ClickHouse's own, `run` holds what is made anew at each start. */
export interface DataFolder {
  root: string
  store: string
  run: string
}

/** Says what wrote the data folder last, so that an older program leaves it alone. */
interface FolderVersion {
  schema: number
  library: string
}

const versionFile = (folder: DataFolder): string => join(folder.root, 'store.json')

const failed = (path: string, cause: unknown): UserError => {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
  const readOnly = code === 'EROFS' || code === 'EACCES' || code === 'EPERM'
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const why = readOnly ? 'is not writable' : full ? 'has no space left' : 'cannot be used'
  return new UserError(
    readOnly ? 'data-dir-read-only' : 'data-dir-unusable',
    `The data folder ${why}: ${path} (${code}).`,
    full
      ? 'Free some space, or set data-dir (HEADWATER_DATA_DIR) to a folder with space.'
      : 'Make it writable for this user, or set data-dir (HEADWATER_DATA_DIR) to a folder that is.',
    { cause },
  )
}

/** Another account can get there only if each folder on the way lets it through. */
async function checkReachable(path: string, account: Account): Promise<void> {
  for (let at = dirname(resolve(path)); ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0)
      throw new UserError(
        'data-dir-unreachable',
        `The account that runs the store (uid ${account.uid}) cannot enter ${at}, which the data folder ${path} lies in.`,
        `Run "chmod o+x ${at}", or set data-dir (HEADWATER_DATA_DIR) to a folder elsewhere.`,
      )
    if (at === dirname(at)) return
  }
}

async function giveTo(path: string, { uid, gid }: Account): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  await lchown(path, uid, gid)
  for (const entry of entries) await lchown(join(entry.parentPath, entry.name), uid, gid)
}

/** Not recursive: that says ENOENT on a read-only file system. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error
  })
}

/** Makes the folders, writable and owned by the server's account. @throws UserError */
export async function prepareDataFolder(dataDir: string, runAs?: Account): Promise<DataFolder> {
  const root = resolve(dataDir)
  const folder = { root, store: join(root, 'store'), run: join(root, 'run') }
  if (/['"<>&\\\n]/.test(root))
    throw new UserError(
      'data-dir-name',
      `The data folder's path holds a quote, a backslash or one of <>&: ${root}.`,
      'Choose another data-dir.',
    )
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
    for (const path of [folder.store, folder.run]) {
      await makeFolder(path)
      const probe = join(path, `.writable.${randomUUID()}`)
      // A new file, never one that a link of the folder's owner names.
      await writeFile(probe, '', { flag: 'wx' })
      await rm(probe)
    }
    if (runAs) {
      // Passing through is enough: the server's folders within are its own.
      await chmod(root, ((await stat(root)).mode & 0o777) | 0o011)
      for (const path of [folder.store, folder.run]) if ((await stat(path)).uid !== runAs.uid) await giveTo(path, runAs)
    }
  } catch (cause) {
    throw failed(root, cause)
  }
  if (runAs) await checkReachable(folder.store, runAs)
  return folder
}

const parts = (version: string): number[] => version.split(/[.-]/).slice(0, 2).map(Number)

/** Compares major and minor: within them ClickHouse reads its own parts in both directions. */
const isNewer = (a: string, b: string): boolean => {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [parts(a), parts(b)]
  return major > otherMajor || (major === otherMajor && minor > otherMinor)
}

/** @throws UserError where a newer Headwater or a newer ClickHouse has written the folder. */
export async function checkFolderVersion(folder: DataFolder, ours: FolderVersion): Promise<void> {
  const file = versionFile(folder)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw failed(file, error)
  })
  if (text === undefined) return
  let theirs: Partial<FolderVersion>
  try {
    theirs = JSON.parse(text) as Partial<FolderVersion>
  } catch (cause) {
    throw new UserError(
      'data-dir-unusable',
      `${file} is not valid JSON.`,
      `Restore ${file}, or choose another data-dir.`,
      { cause },
    )
  }
  const newer =
    (theirs.schema ?? 0) > ours.schema
      ? `schema ${theirs.schema} (this one knows ${ours.schema})`
      : isNewer(theirs.library ?? '0.0', ours.library)
        ? `ClickHouse ${theirs.library} (this one has ${ours.library})`
        : undefined
  if (newer !== undefined)
    throw new UserError(
      'data-dir-newer',
      `The data folder ${folder.root} was written by a newer version of Headwater: ${newer}.`,
      'Start that version again, or set data-dir (HEADWATER_DATA_DIR) to another folder; nothing was changed in this one.',
    )
}

export async function writeFolderVersion(folder: DataFolder, version: FolderVersion): Promise<void> {
  await writeSecretFile(versionFile(folder), `${JSON.stringify(version)}\n`)
}
