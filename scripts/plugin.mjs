// @ts-check
// npm run plugin: the Grafana plugin as a zip, in grafana-plugin/build; all set-up that it takes.
import { join } from 'node:path'
import { root, toolEnv } from './setup/paths.mjs'
import { preparePlugin } from './setup/plugin.mjs'
import { main, prepare } from './setup/prepare.mjs'
import { run } from './setup/progress.mjs'

await main(async () => {
  await prepare()
  await preparePlugin()
  const zip = await run('npm', ['run', '--silent', 'zip'], { cwd: join(root, 'grafana-plugin'), env: toolEnv() })
  process.stdout.write(zip)
})
