import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { cpuSeconds, memoryKib, parentOf } from './process.js'

test.skipIf(process.platform !== 'linux')(
  'a process is measured, also one with a name that is hard to read',
  async () => {
    const code = `
    process.title = 'a) b (c'
    const kept = Buffer.alloc(64 << 20, 1)
    const { user } = process.cpuUsage()
    while (process.cpuUsage().user - user < 300_000);
    console.log(kept.length)
    setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      const pid = child.pid as number
      expect(parentOf(pid)).toBe(process.pid)
      expect(cpuSeconds(pid)).toBeGreaterThanOrEqual(0.29)
      expect(cpuSeconds(pid)).toBeLessThan(30)
      const [now, highest, shared] = (['VmRSS', 'VmHWM', 'Pss'] as const).map((figure) => memoryKib(pid, figure))
      expect(shared).toBeGreaterThan(64 * 1024)
      expect(now).toBeGreaterThanOrEqual(shared as number)
      expect(highest).toBeGreaterThanOrEqual(now as number)
    } finally {
      child.kill()
      await once(child, 'exit')
    }
    expect(() => cpuSeconds(child.pid as number)).toThrow('ENOENT')
  },
)
