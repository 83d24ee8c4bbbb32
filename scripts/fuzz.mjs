// @ts-check
// npm run fuzz [-- FACTOR]: the fuzzers of the tests with FACTOR times as many inputs (default 30: a quarter of an hour): kernel records, DNS messages,
// what ingest reads from a real broker (100,000 messages), and the ring's reader.
// HEADWATER_FUZZ_SEED=N tries the same inputs again.
import { spawnSync } from 'node:child_process'
import { root, tool, toolEnv } from './setup/paths.mjs'
import { main, prepare } from './setup/prepare.mjs'

await main(async () => {
  const factor = Number(process.argv[2] ?? 30)
  if (!(factor > 0)) {
    process.stderr.write(`${process.argv[2]} is no factor: npm run fuzz -- 30\n`)
    process.exitCode = 2
    return
  }
  await prepare({ tests: true })
  const tests = ['agents/node/test/fuzz', 'services/headwater/test/fuzz', 'native/test/ring.it.test.ts']
  const args = ['run', '--project', 'unit', '--project', 'it', ...tests]
  const env = { ...toolEnv(), HEADWATER_FUZZ_FACTOR: String(factor) }
  const { status } = spawnSync(tool('vitest'), args, { stdio: 'inherit', cwd: root, env })
  process.exitCode = status ?? 1
})
