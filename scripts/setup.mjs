// @ts-check
// npm run setup [-- --tests]: all that is missing, and nothing else.
import { main, prepare } from './setup/prepare.mjs'

await main(() => prepare({ tests: process.argv.includes('--tests') }))
