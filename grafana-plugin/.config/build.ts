import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import webpack from 'webpack'
import config from './webpack/webpack.config.ts'

// The backend's programs are another build's, and stay.
const dist = join(import.meta.dirname, '..', 'dist')
const remove = (folder: string): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) remove(join(folder, entry.name))
    else if (!entry.name.startsWith('gpx_')) rmSync(join(folder, entry.name))
}
try {
  remove(dist)
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

const stats = await new Promise<webpack.MultiStats | undefined>((resolve, reject) =>
  webpack(config('production'), (error, result) => (error ? reject(error) : resolve(result))),
)
if (stats?.hasErrors() || stats?.hasWarnings()) console.error(stats.toString('errors-warnings'))
if (stats?.hasErrors()) process.exitCode = 1
