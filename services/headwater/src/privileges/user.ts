import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Who runs the parts that need no privilege. */
export interface Unprivileged {
  uid: number
  gid: number
  name: string
}

/** System user that set-up makes on machines where Headwater runs as root. */
export const SYSTEM_USER = 'headwater'

interface Account {
  name: string
  uid: number
  gid: number
}

/** Accounts of /etc/passwd (passwd(5)): name:password:uid:gid:... */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    if (name === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return []
    return [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}

function accounts(): Account[] {
  try {
    return parsePasswd(readFileSync('/etc/passwd', 'utf8'))
  } catch {
    return []
  }
}

/** Who to become: the user behind sudo, else the system user; undefined where this process is not root or there is neither. */
export function chooseUser(env: NodeJS.ProcessEnv, known: Account[] = accounts()): Unprivileged | undefined {
  if (process.getuid?.() !== 0) return undefined
  const sudo = Number(env.SUDO_UID)
  const gid = Number(env.SUDO_GID)
  if (Number.isInteger(sudo) && sudo > 0 && Number.isInteger(gid) && gid > 0) {
    return { uid: sudo, gid, name: known.find((a) => a.uid === sudo)?.name ?? `uid ${sudo}` }
  }
  const system = known.find((a) => a.name === SYSTEM_USER && a.uid > 0)
  return system
}

/** The nearest folder on the way to `path` that the user cannot pass; undefined where there is none. */
export function barredAt(path: string, user: Unprivileged): string | undefined {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const stat = statSync(folder, { throwIfNoEntry: false })
    if (stat !== undefined) {
      const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001
      if ((stat.mode & bit) === 0) return folder
    }
    if (folder === dirname(folder)) return undefined
  }
}
