import { addon } from './addon.js'

/** Names of the kernel's reasons by number, in small letters: they differ between kernels. */
export interface KernelReasons {
  /** `reset_reason` of a record: enum sk_rst_reason. */
  reset: readonly string[]
  /** `drop_reason` of a record: enum skb_drop_reason. */
  drop: readonly string[]
}

let known: KernelReasons | undefined

/** Those of the running kernel; empty where it has none (before Linux 6.10 and 5.17). */
export function kernelReasons(): KernelReasons {
  known ??= { reset: addon().resetReasons(), drop: addon().dropReasons() }
  return known
}
