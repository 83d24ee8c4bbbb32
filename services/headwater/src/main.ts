import { report } from './cli/errors.js'
import { createProgram } from './cli/program.js'

/** Resolves when what was written has gone out: process.exit leaves behind what a slow reader has not taken from a pipe yet. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()))

/** Runs one command of `headwater`, and ends the process with its exit code. */
export async function run(args: string[]): Promise<never> {
  // A reader that went away (`headwater flows | head`) ends the command, quietly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  let code = 0
  try {
    const program = createProgram((result) => {
      code = result
    })
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    code = report(error)
  }
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(code)
}
