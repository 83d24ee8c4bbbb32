import type { Capability, ProbeErrorCode } from './types.js'

/** Why the probe cannot work here, with what mends it. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError'

  constructor(
    readonly code: ProbeErrorCode,
    message: string,
    readonly fix: string,
    readonly capabilities: Capability[] = [],
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}
