// @ts-check
// npm run setup [-- --tests --lab]: all that is missing, and nothing else.
import { preparePlugin, preparePluginHost } from './setup/plugin.mjs'
import { main, prepare } from './setup/prepare.mjs'

await main(async () => {
  const tests = process.argv.includes('--tests')
  await prepare({ tests, lab: process.argv.includes('--lab') })
  if (!tests) return
  await preparePlugin()
  await preparePluginHost()
})
