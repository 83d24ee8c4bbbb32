// @ts-check
// npm run fuzz [-- FACTOR]: the fuzzers of the unit tests with FACTOR times as many inputs (default 30: some minutes), and the ring's reader.
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
  await prepare()
  const args = ['run', '--project', 'unit', '--project', 'it', 'agents/node/test/fuzz', 'native/test/ring.it.test.ts']
  const env = { ...toolEnv(), HEADWATER_FUZZ_FACTOR: String(factor) }
  const { status } = spawnSync(tool('vitest'), args, { stdio: 'inherit', cwd: root, env })
  process.exitCode = status ?? 1
})
