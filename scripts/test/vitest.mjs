// @ts-check
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, tool, toolEnv } from '../setup/paths.mjs'
import { countTests } from './report.mjs'
import { projects } from './stages.mjs'

/**
 * Runs one project of vitest; its progress is shown as it goes, its counts come from a report file.
 * @param {keyof typeof projects} stage
 * @param {string[]} filters
 */
export async function runTests(stage, filters) {
  const file = join(root, 'reports', `${stage}.json`)
  mkdirSync(join(root, 'reports'), { recursive: true })
  rmSync(file, { force: true })
  const args = ['run', '--project', projects[stage], '--passWithNoTests']
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...filters)
  /** @type {Set<string>} */
  const reasons = new Set()
  const code = await new Promise((resolve) => {
    const color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {}
    const child = spawn(tool('vitest'), args, {
      cwd: root,
      env: { ...toolEnv(), ...color },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      let rest = ''
      stream.on('data', (chunk) => {
        process.stdout.write(chunk)
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (/^SKIP /.test(line)) reasons.add(line)
      })
    }
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  /** @type {any} */
  let report
  try {
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch {}
  return { counts: countTests(stage, report, code), reasons: [...reasons] }
}
