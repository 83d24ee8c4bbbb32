// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { root, tool, toolEnv } from './paths.mjs'
import { run, say, step } from './progress.mjs'

/** Nx alone: no daemon, no terminal interface, no network. */
export const nxEnv = () => ({
  ...toolEnv(),
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NX_NO_CLOUD: 'true',
  NX_INTERACTIVE: 'false',
})

/**
 * Runs an Nx target over all packages, with the cache.
 * @param {string} target
 * @param {(text: string) => void} detail
 */
export async function nx(target, detail) {
  const parallel = String(Math.max(2, Math.min(8, cpus().length)))
  await run(tool('nx'), ['run-many', '-t', target, `--parallel=${parallel}`, '--outputStyle=static'], {
    cwd: root,
    env: nxEnv(),
    onLine: (line) => {
      const task = /nx run (\S+)/.exec(line)
      if (task?.[1] !== undefined) detail(task[1])
    },
  })
}

/** @typedef {{ name: string, folder: string, scripts: Record<string, string>, needs: string[] }} Package */

/** Workspaces in the order of their dependencies. */
function packagesInOrder() {
  /** @type {string[]} */
  const globs = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces
  const folders = globs.flatMap((glob) => {
    if (!glob.endsWith('/*')) return [glob]
    const parent = glob.slice(0, -2)
    return readdirSync(join(root, parent)).map((name) => join(parent, name))
  })
  /** @type {Map<string, Package>} */
  const all = new Map()
  for (const folder of folders) {
    if (!existsSync(join(root, folder, 'package.json'))) continue
    const json = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const needs = Object.keys({ ...json.dependencies, ...json.devDependencies, ...json.optionalDependencies })
    all.set(json.name, { name: json.name, folder, scripts: json.scripts ?? {}, needs })
  }
  /** @type {Set<Package>} */
  const ordered = new Set()
  const visit = (/** @type {Package} */ p) => {
    for (const need of p.needs) {
      const other = all.get(need)
      if (other !== undefined && !ordered.has(other)) visit(other)
    }
    ordered.add(p)
  }
  for (const p of all.values()) visit(p)
  return [...ordered]
}

/** Packages with C for the kernel or over libbpf. */
const kernelPackages = ['@headwater/bpf', '@headwater/native']

/**
 * Builds what can be built without the kernel tools: of these packages, and without a compiler of all, the TypeScript alone.
 * @param {{ compiler: boolean }} can
 * @param {(text: string) => void} detail
 */
async function buildWithoutKernel(can, detail) {
  const env = toolEnv()
  for (const { name, folder, scripts } of packagesInOrder()) {
    const cwd = join(root, folder)
    const usesMake = /\bmake\b/.test(scripts.build ?? '')
    const whole = !kernelPackages.includes(name) && (can.compiler || !usesMake)
    detail(name)
    if (whole && scripts.build !== undefined) await run('npm', ['run', '--silent', 'build'], { cwd, env })
    else if (existsSync(join(cwd, 'tsconfig.build.json')))
      await run(tool('tsc'), ['-p', 'tsconfig.build.json'], { cwd, env })
  }
}

/** @param {{ compiler: boolean, kernel: boolean }} can */
export async function build(can) {
  if (can.kernel) return step('build', (detail) => nx('build', detail))
  say('Building without the agent.')
  return step('build', (detail) => buildWithoutKernel(can, detail))
}
