import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

/** What a process of its own prints as JSON: it is for the whole of one. */
async function inProcess(code: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
  })
  return JSON.parse(stdout)
}

describe('what has been freed', () => {
  /** 64 MB are freed while blocks between them are not, so that they are holes. In MB: what of them the process still holds. */
  const code = (bytes: number, start: string) => `
    import { readFileSync } from 'node:fs'
    import { setTimeout } from 'node:timers/promises'
    import { MemoryKeeper } from '../../dist/memory/memory-keeper.js'
    ${start}
    const anonymous = () => Number(/^RssAnon:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1024
    const block = (n) => Buffer.from(new ArrayBuffer(n)).fill(1)
    const freed = async () => {
      for (let i = 0; i < 3; i++) {
        gc()
        await setTimeout(50)
      }
    }
    // glibc's bound is now above all that follow.
    let large = block(24 * 2 ** 20)
    large = undefined
    await freed()
    const before = anonymous()
    let holes = []
    const between = []
    for (let sum = 0; sum < 64 * 2 ** 20; sum += ${bytes}) {
      holes.push(block(${bytes}))
      between.push(block(4096))
    }
    holes = undefined
    await freed()
    await setTimeout(300)
    console.log(Math.round(anonymous() - before - (between.length * 4096) / 2 ** 20))`

  test.each([
    ['large blocks', 2 ** 20],
    ['small blocks', 64 * 1024],
  ])('goes back to the kernel: %s', async (_, bytes) => {
    expect(await inProcess(code(bytes, 'new MemoryKeeper(100).start()'))).toBeLessThan(16)
    expect(await inProcess(code(bytes, ''))).toBeGreaterThan(40)
  })

  test('large blocks do so at once', async () => {
    expect(await inProcess(code(2 ** 20, 'new MemoryKeeper(60_000).start()'))).toBeLessThan(16)
  })

  test('a keeper that has stopped does not look again', async () => {
    const start = 'const keeper = new MemoryKeeper(100); keeper.start(); keeper.stop()'
    expect(await inProcess(code(64 * 1024, start))).toBeGreaterThan(40)
  })
})
