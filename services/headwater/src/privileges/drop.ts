import type { Unprivileged } from './user.js'

/**
 * Becomes another user for good: no supplementary groups, and with the user id the kernel takes all capabilities.
 * What is to be read from places that user cannot reach must have been read before.
 */
export function dropPrivileges(user: Unprivileged): void {
  const { setgroups, setgid, setuid } = process
  if (setgroups === undefined || setgid === undefined || setuid === undefined)
    throw new Error('no user ids on this system')
  setgroups.call(process, [])
  setgid.call(process, user.gid)
  setuid.call(process, user.uid)
  try {
    setuid.call(process, 0)
  } catch {
    return
  }
  throw new Error(`root could be regained as ${user.name}`)
}
