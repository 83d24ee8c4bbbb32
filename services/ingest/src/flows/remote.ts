import type { PathClass } from '@headwater/contracts'
import type { Owner } from '../identity/endpoint-table.js'
import type { Place } from './path-class.js'

/** What is known of the other end of a row; empty where it is not. */
export interface Remote extends Owner, Place {
  node: string
  cluster: string
  path: PathClass
  /** Its number in a scope, and which scope's that is. */
  number: number
  scope: number
}
