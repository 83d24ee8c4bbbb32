// @ts-check
// npm run deploy-check: the images built and run on a Docker engine of the test's own, the chart linted, rendered and validated. As root.
import { spawnSync } from 'node:child_process'
import { root, tool, toolEnv } from './setup/paths.mjs'
import { main, prepare } from './setup/prepare.mjs'

await main(async () => {
  await prepare({ tests: true })
  const { status } = spawnSync(tool('vitest'), ['run', '--project', 'it', 'services/headwater/test/deploy'], {
    stdio: 'inherit',
    cwd: root,
    env: { ...toolEnv(), HEADWATER_DEPLOY: '1' },
  })
  process.exitCode = status ?? 1
})
