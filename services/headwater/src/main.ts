import { report } from './cli/errors.js'
import { createProgram } from './cli/program.js'

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
  process.exit(code)
}
