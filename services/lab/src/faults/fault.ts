import type { DemoFault } from '@headwater/contracts'
import type { DnsManner } from '../dns/messages.js'
import type { Namespaces } from '../net/namespaces.js'
import type { Order } from '../service/messages.js'

type WithoutId<O> = O extends unknown ? Omit<O, 'id'> : never

/** What a fault works with. */
export interface Switchboard {
  namespaces: Namespaces
  /** Address of an instance. */
  address(instance: string): string
  /** Tells an instance to behave otherwise; resolves when it does. */
  tell(instance: string, order: WithoutId<Order>): Promise<void>
  /** Tells the DNS server to. */
  tellDns(manner: Partial<DnsManner>): Promise<void>
}

export interface Fault extends Omit<DemoFault, 'on' | 'since'> {
  /** Undone by the same with `on` false. */
  apply(board: Switchboard, on: boolean): Promise<void>
}
