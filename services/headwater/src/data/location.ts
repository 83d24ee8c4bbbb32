import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** /var/lib/headwater as root, else the XDG data folder (XDG Base Directory Specification: relative values are ignored). */
export function defaultDataDir(env: NodeJS.ProcessEnv = process.env, uid = process.getuid?.()): string {
  if (uid === 0) return '/var/lib/headwater'
  const xdg = env.XDG_DATA_HOME
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'share')
  return join(base, 'headwater')
}
