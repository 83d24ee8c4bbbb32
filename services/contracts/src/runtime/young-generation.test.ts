import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

/** What a process of its own prints as JSON: it is for the whole of one. */
async function inProcess(code: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
  })
  return JSON.parse(stdout)
}

describe('the young generation', () => {
  const code = (first: string) => `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { keepYoungGenerationSmall } from '../../dist/runtime/young-generation.js'
    ${first}
    const young = () => getHeapSpaceStatistics().find((s) => s.space_name === 'new_space').space_size
    let [kept, most] = [[], 0]
    for (let i = 0; i < 3_000_000; i++) {
      kept.push({ i })
      if (kept.length > 50_000) [kept, most] = [[], Math.max(most, young())]
    }
    console.log(most)`

  test('stays at what it begins with', async () => {
    expect(await inProcess(code('keepYoungGenerationSmall()'))).toBeLessThan(10 * 2 ** 20)
  })

  test('grows otherwise', async () => {
    expect(await inProcess(code(''))).toBeGreaterThan(12 * 2 ** 20)
  })
})

describe('a young generation with a bound', () => {
  const MOST = 16 << 20
  /** Bytes of that of a process that makes a lot and keeps a little of it, after a while. */
  const code = (first: string) => `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { keepYoungGenerationSmall } from '../../dist/runtime/young-generation.js'
    ${first}
    const kept = []
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 40_000; i++) kept[i] = { i, text: String(i + round) }
      await new Promise((resolve) => setImmediate(resolve))
    }
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size)`

  test('grows to it, and no further, where it would have grown beyond', async () => {
    const kept = await inProcess(code(`keepYoungGenerationSmall(${MOST})`))
    expect(await inProcess(code(''))).toBeGreaterThan(MOST * 1.5)
    expect(kept).toBeGreaterThan(MOST / 2)
    expect(kept).toBeLessThan(MOST * 1.2)
  })
})
