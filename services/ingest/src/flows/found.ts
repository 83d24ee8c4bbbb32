import type { Address } from '../identity/addresses.js'
import type { Role } from '../identity/connections.js'
import { Span } from '../identity/span.js'
import type { Remote } from './remote.js'

/** Of what an end that is looked up by its address hangs on, beside that address and what is known of who is who. */
export interface Question {
  role: Role
  /** The own address, where it matters who asks. */
  local: Address | undefined
  port: number
  transport: string
  failed: boolean
  netns: number
}

/** The answer for one observer's rows of one address: as long as nothing more is known, and around the time that was asked about. */
export class Found {
  readonly span = new Span()
  remote: Remote | undefined
  /** The last pass over rows that used it. */
  pass = 0
  /** Of what was known when it was looked up; -1 where the answer hung on more than that, and is good for one pass alone. */
  version = -1

  constructor(private readonly question: Question) {}

  isFor(role: Role, local: Address | undefined, port: number, transport: string, failed: boolean, netns: number) {
    const { question } = this
    return (
      question.role === role &&
      question.local === local &&
      question.port === port &&
      question.failed === failed &&
      question.netns === netns &&
      question.transport === transport
    )
  }

  /** Whether it still is the answer. @param version of what is known @param pass over rows that asks, during which nothing is learnt */
  holds(time: number, version: number, pass: number): boolean {
    if (this.remote === undefined || !this.span.holds(time)) return false
    if (this.version !== version && this.pass !== pass) return false
    this.pass = pass
    return true
  }
}
