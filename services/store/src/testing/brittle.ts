import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url))

/** A launcher whose server can be made to kill itself just before it puts a part in place. */
export interface BrittleLauncher {
  /** Path of the launcher. */
  launcher: string
  /** Kills the server that runs at its n-th part from now on, once. */
  killAt(n: number): Promise<void>
}

/**
 * Made in a folder of the test's own; wants a C compiler, as the launcher does.
 * @param outside the server does without what our launcher puts right before it starts, as an outside one does
 */
export async function brittleLauncher(folder: string, { outside = false } = {}): Promise<BrittleLauncher> {
  const [library, killAt, launcher] = ['kill.so', 'kill-at', 'launcher'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, path('test/fixtures/kill-at-rename.c'), '-ldl'])
  const script = `#!/bin/sh
export LD_PRELOAD=${library} KILL_AT=${killAt}
for argument; do
  shift
  if [ -n "$skip" ]; then skip=; continue; fi
  if [ -n "${outside ? '1' : ''}" ] && [ "$argument" = --tables ]; then skip=1; continue; fi
  set -- "$@" "$argument"
done
exec ${path('build/headwater-store')} "$@"
`
  await writeFile(launcher, script, { mode: 0o755 })
  return { launcher, killAt: (n) => writeFile(killAt, String(n)) }
}
