import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hw-rotation-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (command: string, args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

it('namespaces wait for what walks have spent, at most five minutes, and no longer once it is calm', () => {
  const program = join(folder, 'rotation')
  const sources = [here('programs/rotation.cc'), here('../addon/rotation.cc')]
  run('g++', ['-std=c++17', '-O1', '-Wall', '-Wextra', '-Werror', ...sources, '-o', program])
  expect(JSON.parse(run(program, []))).toEqual({ at_once: 1, while_owed: 0, after_five_minutes: 1, when_calm: 1 })
})
