import type { Connection, Party } from '../../../services/query/test/fleet.ts'
import { cart, curl, database, outside, visitor, web } from '../../../services/query/test/scenario.ts'

const MINUTE = 60_000

/** Names as nobody wants them: as long as they get, with markup, with quotes of matchers. */
export const huge = 'x'.repeat(253)
export const markup = '<img src=x onerror=alert(1)>'
export const quotes = `"\\{a=~'.*'}`

const hostile = (service: string, address: string): Party => ({
  ...web,
  service,
  address,
  process: service,
  node: 'n9',
})

/** Whole minutes, past: nothing arrives meanwhile. Cart refuses from `faultFrom` on. */
export const to = Math.floor(Date.now() / MINUTE) * MINUTE - 5 * MINUTE
export const from = to - 15 * MINUTE
export const range = { from, to }
export const faultFrom = to - 5 * MINUTE

const every = (ms: number, make: (time: number) => Connection, start = from): Connection[] =>
  Array.from({ length: Math.floor((to - start) / ms) }, (_, i) => make(start + i * ms))

const call =
  (client: Party, server: Party, port: number, sent: number, received: number) =>
  (start: number): Connection => ({
    ...{ client, server, port, start, end: start + 50, sent, received },
    ...{ connectUs: 500, srttUs: 900 },
  })

/** Too little of it for a judgement. */
const rare: Party = { ...cart, service: 'rare', address: '10.0.8.1', process: 'rared' }

export const connections: Connection[] = [
  call(curl, rare, 9000, 10, 10)(from + 1_000),
  ...every(10_000, call(curl, web, 443, 1_000, 10_000)),
  ...every(10_000, call(web, cart, 8080, 500, 2_000)),
  ...every(2_000, (start) => ({ client: web, server: cart, port: 8080, start, failure: 'refused' }), faultFrom),
  ...every(20_000, call(cart, database, 5432, 300, 30_000)),
  ...every(30_000, call(curl, outside, 80, 100, 1_000)),
  ...every(30_000, call(visitor, web, 443, 100, 1_000)),
  ...[huge, markup, quotes].flatMap((name, i) =>
    every(MINUTE, call(hostile(name, `10.0.7.${i + 1}`), cart, 8080, 10, 20)),
  ),
]
