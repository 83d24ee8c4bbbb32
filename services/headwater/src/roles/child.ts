import { UserError } from '@headwater/contracts/runtime'
import type { Assignment, FromChild, ToChild } from '../up/messages.js'

/** Time for a clean stop after which a child ends anyway, in ms. */
const STOP_LIMIT_MS = 4_000

export const tell = (message: FromChild): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve()
    else process.send(message, () => resolve())
  })

export interface ChildRole {
  /** Resolves when the role works. @throws UserError for what another try does not mend */
  start(assignment: Assignment): Promise<FromChild & { type: 'ready' }>
  stop(): Promise<void>
  message?(message: ToChild): void
}

/**
 * The life of a child of `up`: loads, gets its assignment, works until it is told to stop or its parent is gone.
 * @returns exit code
 */
export async function childLife(load: () => Promise<ChildRole>): Promise<number> {
  if (process.send === undefined) {
    throw new UserError('usage', 'This is a part of `headwater up`, and is not run by itself.', 'Run `headwater up`.')
  }
  const { promise: end, resolve: finish } = Promise.withResolvers<number>()
  // Both are for the supervisor, which stops its children in order.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => undefined)
  let role: ChildRole | undefined
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    // Still loading: there is nothing to stop.
    if (role === undefined) process.exit(0)
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref()
    await role.stop().catch(() => undefined)
    finish(0)
  }
  process.once('disconnect', () => void stop())
  process.on('message', (message: ToChild) => {
    if (message.type === 'stop') void stop()
    else if (message.type === 'start') void start(message.assignment)
    else role?.message?.(message)
  })
  const start = async (assignment: Assignment) => {
    try {
      const ready = await role?.start(assignment)
      if (ready !== undefined && !stopping) await tell(ready)
    } catch (error) {
      if (stopping) return
      if (!(error instanceof UserError)) throw error
      await tell({ type: 'failed', code: error.code, message: error.message, fix: error.fix })
      finish(1)
    }
  }
  role = await load()
  await tell({ type: 'loaded' })
  return end
}
