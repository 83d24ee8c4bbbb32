// @ts-check
// npm run plugin: the Grafana plugin as a zip, in grafana-plugin/build; all set-up that it takes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/paths.mjs'
import { preparePlugin } from './setup/plugin.mjs'
import { main, prepare } from './setup/prepare.mjs'

await main(async () => {
  await prepare()
  await preparePlugin()
  const folder = join(root, 'grafana-plugin')
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  process.stdout.write(`${join(folder, 'build', `${name}-${version}.zip`)}\n`)
})
