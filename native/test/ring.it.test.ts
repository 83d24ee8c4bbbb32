import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hw-ring-'))
const program = join(folder, 'ring_fuzz')
const factor = Number(process.env.HEADWATER_FUZZ_FACTOR ?? 1)

beforeAll(() => {
  const flags = ['-std=c++17', '-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
  const sources = [here('programs/ring_fuzz.cc'), here('../addon/ring.cc')]
  const { status, stderr } = spawnSync('g++', [...flags, ...sources, '-o', program], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`g++ ${sources.join(' ')}: ${stderr}`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('the ring gives each record of its length once, in order, and reads and writes nothing outside', {
  timeout: Math.max(60_000, 60_000 * factor),
}, () => {
  const seed = Number(process.env.HEADWATER_FUZZ_SEED ?? randomInt(2 ** 31))
  console.info(`ring: HEADWATER_FUZZ_SEED=${seed}`)
  const rounds = Math.round(4000 * factor)
  const { status, stdout, stderr } = spawnSync(program, [String(seed), String(rounds)], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const told = JSON.parse(stdout)
  expect(told.rounds).toBe(rounds)
  expect(told.records).toBeGreaterThan(rounds * 10)
})
