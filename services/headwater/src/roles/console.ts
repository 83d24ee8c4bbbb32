import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { barredAt, type Unprivileged } from '../privileges/user.js'

/** Folder of the console's build; undefined where it is not built. */
export function builtConsole(): string | undefined {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('@headwater/console/package.json'))
    const app = join(folder, 'dist', 'app')
    return existsSync(join(app, 'index.html')) ? app : undefined
  } catch {
    return undefined
  }
}

/**
 * The same, as `user` can read it: copied into the data folder where the checkout lies out of that user's reach. The copy
 * is root's, beside `run` and not in it: there its owner could have a link in its place before root writes.
 */
export function consoleDir(dataDir: string, user: Unprivileged | undefined): string | undefined {
  const app = builtConsole()
  if (app === undefined || user === undefined || barredAt(join(app, 'index.html'), user) === undefined) return app
  const copy = join(dataDir, 'console')
  rmSync(copy, { recursive: true, force: true })
  cpSync(app, copy, { recursive: true })
  for (const entry of ['', ...readdirSync(copy, { recursive: true, encoding: 'utf8' })]) {
    const path = join(copy, entry)
    chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644)
  }
  return copy
}
