import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { cleanEnv } from './support/headwater.js'

const FLOOD = fileURLToPath(new URL('./programs/flood.mjs', import.meta.url))

it('a command ends only after a slow reader has got all it printed', async () => {
  const child = spawn(process.execPath, [FLOOD], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await sleep(1_000)
  let bytes = 0
  for await (const chunk of child.stdout) bytes += chunk.length
  expect(await ended).toEqual([0, null])
  expect(bytes).toBe(4 * 2 ** 20 + (await usage()))
})

/** Bytes that the command prints by itself. */
async function usage(): Promise<number> {
  const child = spawn(process.execPath, [FLOOD, 'nothing'], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] })
  let bytes = 0
  for await (const chunk of child.stdout) bytes += chunk.length
  return bytes
}
