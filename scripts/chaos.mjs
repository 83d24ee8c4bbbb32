// @ts-check
// npm run chaos [-- --rounds N]: each fault of services/headwater/test/chaos N times under load, on a real broker and a real store; default 20. About a minute a round.
import { parseArgs } from 'node:util'
import { runAsked } from './test/asked.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } })
if (!/^[1-9]\d{0,3}$/.test(values.rounds)) {
  process.stderr.write(`--rounds takes a number from 1 to 9999, not ${values.rounds}\n`)
  process.exit(2)
}
await runAsked('services/headwater/test/chaos/chaos.it.test.ts', { HEADWATER_CHAOS_ROUNDS: values.rounds })
