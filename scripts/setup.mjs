// @ts-check
// npm run setup [-- --tests --lab]: all that is missing, and nothing else.
import { main, prepare } from './setup/prepare.mjs'

await main(() => prepare({ tests: process.argv.includes('--tests'), lab: process.argv.includes('--lab') }))
