// @ts-check
// npm run bench -- NAME [flags]: one benchmark by name; the last line it prints is one JSON object.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { productNode, root, toolEnv } from './setup/paths.mjs'
import { main, prepare } from './setup/prepare.mjs'

/** Benchmarks by name: `<package>/bench/NAME.ts` or `.js`. */
function benchmarks() {
  /** @type {string[]} */
  const globs = [
    ...JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces,
    'grafana-plugin',
    'grafana-plugin/backend',
  ]
  const folders = globs.flatMap((glob) =>
    glob.endsWith('/*')
      ? readdirSync(join(root, glob.slice(0, -2))).map((name) => join(glob.slice(0, -2), name))
      : [glob],
  )
  /** @type {Map<string, string>} */
  const found = new Map()
  for (const folder of folders) {
    const bench = join(root, folder, 'bench')
    if (!existsSync(bench)) continue
    for (const file of readdirSync(bench)) {
      const name = /^([\w-]+)\.(?:ts|js|mjs)$/.exec(file)?.[1]
      if (name !== undefined) found.set(name, join(bench, file))
    }
  }
  return found
}

await main(async () => {
  const [name, ...rest] = process.argv.slice(2)
  const all = benchmarks()
  const file = all.get(name ?? '')
  if (file === undefined) {
    const known = [...all.keys()].sort().join(', ')
    process.stderr.write(
      `${name === undefined ? 'Which benchmark?' : `There is no benchmark ${name}.`} There are: ${known || 'none'}\n`,
    )
    process.exitCode = 2
    return
  }
  await prepare()
  const { status } = spawnSync(productNode() ?? process.execPath, [file, ...rest], {
    stdio: 'inherit',
    cwd: root,
    env: toolEnv(),
  })
  process.exitCode = status ?? 1
})
