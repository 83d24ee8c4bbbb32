import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { MOST_YOUNG_BYTES } from './young-generation.js'

const module = fileURLToPath(new URL('./young-generation.ts', import.meta.url))

/** Bytes of the young generation of a process that makes a lot and keeps a little of it, after a while. */
function grownTo(first: string): number {
  const script = `${first}
    import { getHeapSpaceStatistics } from 'node:v8'
    const kept = []
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 40_000; i++) kept[i] = { i, text: String(i + round) }
      await new Promise((resolve) => setImmediate(resolve))
    }
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size)`
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '--no-warnings', '--eval', script], { encoding: 'utf8' }),
  )
}

it('grows to its bound, and no further, where it would have grown beyond', () => {
  const kept = grownTo(`import { keepYoungGenerationSmall } from ${JSON.stringify(module)}; keepYoungGenerationSmall()`)
  expect(grownTo('')).toBeGreaterThan(MOST_YOUNG_BYTES * 1.5)
  expect(kept).toBeGreaterThan(MOST_YOUNG_BYTES / 2)
  expect(kept).toBeLessThan(MOST_YOUNG_BYTES * 1.2)
})
