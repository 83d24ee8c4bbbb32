import { access, constants, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '@headwater/contracts'

const require = createRequire(import.meta.url)

const packages: Record<string, string> = {
  'linux/x64': '@chdb/lib-linux-x64-gnu',
  'linux/arm64': '@chdb/lib-linux-arm64-gnu',
}

/** The embedded ClickHouse on this machine: our launcher, the shared library and its version (`26.7.3-stable.1`). */
export interface EmbeddedLibrary {
  launcher: string
  library: string
  version: string
}

const FIX =
  'Set clickhouse.url (HEADWATER_CLICKHOUSE_URL) to a ClickHouse server of 25.8 or later, with .user and .password; everything else works as it is.'

/** The launcher (native/launcher), which this package's build makes into its own `build` folder. */
const defaultLauncher = fileURLToPath(new URL('../../build/headwater-store', import.meta.url))

async function readable(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  )
}

/** @throws UserError where this platform has no embedded ClickHouse, or it is not installed or built. */
export async function findLibrary(
  launcher: string = defaultLauncher,
  platform = `${process.platform}/${process.arch}`,
): Promise<EmbeddedLibrary> {
  const name = packages[platform]
  if (name === undefined)
    throw new UserError(
      'store-platform',
      `There is no embedded ClickHouse for ${platform}: it needs Linux with glibc.`,
      FIX,
    )
  let manifest: string
  try {
    manifest = require.resolve(`${name}/package.json`)
  } catch (cause) {
    throw new UserError(
      'store-library-missing',
      `The embedded ClickHouse is not installed: the optional package ${name} is missing (on musl systems it does not exist).`,
      `Run "npm install --include=optional". Or: ${FIX}`,
      { cause },
    )
  }
  const library = join(dirname(manifest), 'libchdb.so')
  if (!(await readable(library, constants.R_OK)))
    throw new UserError('store-library-missing', `The embedded ClickHouse cannot be read: ${library}.`, FIX)
  if (!(await readable(launcher, constants.X_OK)))
    throw new UserError(
      'store-launcher-missing',
      `The launcher of the embedded ClickHouse is not built: ${launcher}.`,
      `Run "npm run build" (it needs make and a C compiler). Or: ${FIX}`,
    )
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  return { launcher, library, version }
}
