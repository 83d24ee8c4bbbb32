import { ends } from './labels.js'

/** The same of a row `f` of `flows`, with `is_client` beside it, and of a row `e` of a rollup. */
interface FactOf {
  raw: string
  rollup: string
}

const plain = (raw: string, rollup: string): FactOf => ({ raw, rollup })
/** Behind an address translation the other end of a row is the gateway, though the connection is the same on both sides. */
const translated = (row: 'f' | 'e'): string => `(${row}.counted = 0 AND ${row}.remote_class = 'nat')`
const speaks = (row: 'f' | 'e'): string => `(${row}.counted = 1 OR ${row}.remote_class = 'nat')`

/** Which end of a row of `flows` it is; between peers either may have told a row of a rollup. */
const IS = { client: 'is_client', server: 'NOT is_client' } as const
const told = (end: 'client' | 'server'): string => `e.side IN ('${end}', 'peer')`

const ofEnd = (end: 'client' | 'server') => ({
  [`${end}_observed`]: plain(IS[end], told(end)),
  [`${end}_self`]: plain(`${IS[end]} AND f.self`, `e.self AND ${told(end)}`),
  // A known cluster makes an address one of ours, whatever its class.
  [`${end}_class`]: plain(
    `if(${end}_cluster != '', '', toString(f.remote_class))`,
    `if(${end}_cluster != '', '', toString(e.remote_class))`,
  ),
})

/** What can be told of a row beside its labels and sums. */
export const facts = {
  row_time: plain('f.time', "toDateTime64(e.time, 3, 'UTC')"),
  row_counted: plain('f.counted', 'e.counted'),
  /** 1: the server's end, to which NAT hides the client. */
  translated: plain(translated('f'), translated('e')),
  /** Whether sums of what both ends tell are taken from here: it is counted, or nothing else tells of that edge. */
  speaks: plain(speaks('f'), speaks('e')),
  port: plain('if(is_client, f.remote_port, f.local_port)', 'e.server_port'),
  ...(ofEnd('client') as Record<'client_observed' | 'client_self' | 'client_class', FactOf>),
  ...(ofEnd('server') as Record<'server_observed' | 'server_self' | 'server_class', FactOf>),
} satisfies Record<string, FactOf>

export type Fact = keyof typeof facts

/** Of each end: whether it reported itself, the class of its address, and, where such are asked for, whether it is Headwater's own. */
export const endFacts = (self: boolean): Fact[] =>
  ends.flatMap((e) => [`${e}_observed`, `${e}_class`, ...(self ? ([`${e}_self`] as const) : [])] as const)
