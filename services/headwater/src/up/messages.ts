import type { DemoAnswer, StatusAnswer } from '@headwater/contracts'
import type { Config } from '../config/keys.js'
import type { Unprivileged } from '../privileges/user.js'

/** What a child of `up` gets once, before it works. It comes over the IPC channel: nothing secret is in its arguments or environment. */
export interface Assignment {
  config: Config
  token: string
  /** Whom to become after all code is loaded. */
  user?: Unprivileged
  /** For the services of the demo: its lab. */
  demo?: DemoAnswer
}

/** From the supervisor to a child. */
export type ToChild =
  | { type: 'start'; assignment: Assignment }
  /** For the services: what /api/v1/status tells of what they cannot see. */
  | { type: 'status'; status: StatusAnswer }
  /** For the services: the answer to `fault`, with the lab as it is then. */
  | { type: 'fault'; request: number; demo: DemoAnswer; error?: string }
  | { type: 'stop' }

/** From a child to the supervisor. */
export type FromChild =
  /** Its code is loaded; it waits for `start`. */
  | { type: 'loaded' }
  | { type: 'ready'; url?: string; warnings?: { title: string; detail: string }[] }
  /** It cannot work here, for a reason that another try does not mend; it ends after this. */
  | { type: 'failed'; code: string; message: string; fix: string }
  /** A fault of the demo's lab is to be switched: what needs root is done by the supervisor. */
  | { type: 'fault'; request: number; id: string; on: boolean }
