import type { Logger } from '@headwater/contracts/runtime'

/** Resolves at the first Ctrl-C or SIGTERM; a second Ctrl-C calls `force` and ends the process at once. */
export function untilSignal(logger: Logger, force: () => void = () => undefined): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const take = (signal: NodeJS.Signals) => {
      if (asked && signal === 'SIGINT') {
        force()
        process.exit(130)
      }
      if (!asked) logger.info(`stopping (${signal})`)
      asked = true
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, take)
  })
}
