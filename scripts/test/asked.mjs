// @ts-check
import { spawnSync } from 'node:child_process'
import { root, tool, toolEnv } from '../setup/paths.mjs'
import { main, prepare } from '../setup/prepare.mjs'

/**
 * Integration tests that take too long for `npm test`, or more than it asks of them, by a command of their own.
 * @param {string} path of the tests
 * @param {Record<string, string>} asked variables that tell the tests what is asked for
 */
export const runAsked = (path, asked) =>
  main(async () => {
    await prepare({ tests: true })
    const env = { ...toolEnv(), ...asked }
    const { status } = spawnSync(tool('vitest'), ['run', '--project', 'it', path], { stdio: 'inherit', cwd: root, env })
    process.exitCode = status ?? 1
  })
