// `headwater config` after 4 MiB on stdout, more than any pipe holds; with an argument, without them.
import { run } from '../../dist/main.js'

if (process.argv[2] === undefined) process.stdout.write('x'.repeat(4 * 2 ** 20))
await run(['config'])
