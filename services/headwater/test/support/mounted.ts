import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKOUT, type RunOptions } from './headwater.js'

/**
 * Lets a process see this checkout in a folder of that mode, wherever it really is: a bind mount in a mount namespace that ends
 * with the process.
 * @param setpriv whom to run as; left out: root
 */
export function mounted(folder: string, mode: number, setpriv: readonly string[] = []): RunOptions {
  const outer = join(folder, `outer-${mode.toString(8)}`)
  const checkout = join(outer, 'checkout')
  mkdirSync(checkout, { recursive: true })
  chmodSync(outer, mode)
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
  return { checkout, prefix: ['unshare', '-m', 'sh', '-c', script, 'sh', CHECKOUT, checkout, ...setpriv] }
}
