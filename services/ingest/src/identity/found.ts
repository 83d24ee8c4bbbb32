import type { Remote } from '../flows/remote.js'
import type { Address } from './addresses.js'
import type { Role } from './connections.js'
import { Span } from './span.js'

/** An end that was looked up by its address, for rows like the one that it was looked up for; the next one of that address. */
export class Found {
  role: Role = 0
  local: Address | undefined
  port = 0
  transport = 0
  failed = false
  netns = 0
  readonly span = new Span()
  remote: Remote | undefined
  next: Found | undefined

  /** For another question: who takes it says which. */
  reset(): void {
    this.span.reset()
  }
}
