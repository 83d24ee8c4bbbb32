import { addon } from './addon.js'
import { ProbeError } from './errors.js'
import type { ProbeErrorCode } from './types.js'

/** Opens a path that is meant for `ProbeOptions.namespaces`, and closes it again. Throws `ProbeError` with what is wrong with it. */
export function checkNamespace(path: string): void {
  const { code, message, fix } = addon().namespaceProblem(path)
  if (code) throw new ProbeError(code as ProbeErrorCode, message, fix)
}
