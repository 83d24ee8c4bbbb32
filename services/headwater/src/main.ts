import { keepYoungGenerationSmall } from '@headwater/contracts/memory'
import { report } from './cli/errors.js'

/** It takes in much and keeps little of it: with what V8 grows to by itself it held 100 MB more. */
const INGEST_YOUNG_BYTES = 16 << 20

/** Children of `up`. Their configuration comes from their parent, so they do without the command line's code. */
const children = new Map([
  ['child-services', async () => (await import('./roles/services.js')).childMain()],
  ['child-agent', async () => (await import('./roles/agent/child.js')).childMain()],
])

async function command(args: string[]): Promise<number> {
  let code = 0
  const { createProgram } = await import('./cli/program.js')
  const program = createProgram((result) => {
    code = result
  })
  await program.parseAsync(args, { from: 'user' })
  return code
}

/** Resolves when what was written has gone out: process.exit leaves behind what a slow reader has not taken from a pipe yet. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()))

/** Runs one command of `headwater`, and ends the process with its exit code. */
export async function run(args: string[]): Promise<never> {
  // A reader that went away (`headwater flows | head`) ends the command, quietly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  if (args[0] === 'ingest') keepYoungGenerationSmall(INGEST_YOUNG_BYTES)
  const child = children.get(args[0] ?? '')
  const code = await (child === undefined ? command(args) : child()).catch(report)
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(code)
}
