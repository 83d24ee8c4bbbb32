import type { Logger } from '@headwater/contracts/runtime'
import { barredAt, chooseUser, SYSTEM_USER, type Unprivileged } from '../privileges/user.js'

/** Whom the parts that need no privilege run as; undefined: this process's own user. Says so once where root has to do. */
export function unprivilegedUser(storeFolder: string, logger: Logger): Unprivileged | undefined {
  if (process.getuid?.() !== 0) return undefined
  const user = chooseUser(process.env)
  if (user === undefined) {
    logger.warn(
      `all parts run as root: there is no user ${SYSTEM_USER}; make it with: useradd --system --no-create-home ${SYSTEM_USER}`,
    )
    return undefined
  }
  const barred = barredAt(storeFolder, user)
  if (barred === undefined) return user
  logger.warn(
    `all parts run as root: ${user.name} cannot enter ${barred}, which the data folder lies in; choose another one with --data-dir`,
  )
  return undefined
}
