import type { Connection, Party } from '../../../services/query/test/fleet.ts'
import { cart, web } from '../../../services/query/test/scenario.ts'

/** Names as nobody wants them. */
export const names = {
  huge: 'x'.repeat(10_000),
  markup: '<img src=x onerror="window.hacked=1">',
  script: '</script><script>window.hacked=1</script>',
  regex: 'a.b*c+(d)|[e]{f}^$"\\',
  template: `$\{__data.fields.filter} $service [[service]]`,
  controls: 'line\nbreak\u202Etxt.exe',
}

const MINUTE = 60_000
export const to = Math.floor(Date.now() / MINUTE) * MINUTE - 5 * MINUTE
export const range = { from: to - 10 * MINUTE, to }

const party = (service: string, i: number): Party => ({
  ...{ ...web, service, process: service, address: `10.0.7.${i + 1}`, node: 'n9' },
})

/** Each of them calls cart, and one that nobody would take for it by a regular expression. */
export const connections: Connection[] = [...Object.values(names), 'axb'].flatMap((name, i) =>
  Array.from({ length: 30 }, (_, n) => {
    const start = range.from + n * 15_000
    return {
      ...{ client: party(name, i), server: cart, port: 8080, start, end: start + 50 },
      ...{ sent: 100, received: 2_000, connectUs: 500, srttUs: 900 },
    }
  }),
)
