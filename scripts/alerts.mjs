// @ts-check
// npm run alerts [-- FAULT,FAULT]: every fault of the lab under a real Prometheus and Alertmanager, and when its alerts came and went. As root, about 13 minutes.
import { spawnSync } from 'node:child_process'
import { root, tool, toolEnv } from './setup/paths.mjs'
import { main, prepare } from './setup/prepare.mjs'

await main(async () => {
  await prepare({ tests: true })
  const { status } = spawnSync(
    tool('vitest'),
    ['run', '--project', 'it', 'services/headwater/test/lab/alerts.it.test.ts'],
    {
      stdio: 'inherit',
      cwd: root,
      env: { ...toolEnv(), HEADWATER_ALERTS: process.argv[2] ?? 'all' },
    },
  )
  process.exitCode = status ?? 1
})
