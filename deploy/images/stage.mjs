// @ts-check
// node deploy/images/stage.mjs: what goes into the images, out of a built checkout, into deploy/images/build/NAME. Files keep their places, so that what
// runs in an image is what was tested: nothing is installed or compiled in there.
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')

/** What each image's command needs of the packages that the `headwater` command can load; the rest of them is loaded late, and never by it. */
const roles = {
  agent: ['commander', 'yaml', 'zod', '@headwater/contracts', '@headwater/bus', '@headwater/agent-node'],
  services: [
    'commander',
    'yaml',
    'zod',
    '@headwater/contracts',
    '@headwater/bus',
    '@headwater/ingest',
    '@headwater/query',
    '@headwater/simulate',
    '@headwater/store',
    '@headwater/console',
  ],
}
/** Needed to build, not to run; the console is served as it was built. */
const compileOnly = new Set(['node-addon-api', 'node-api-headers'])
const withoutDependencies = new Set(['@headwater/console'])
/** Of a package of ours. */
const built = ['package.json', 'bin', 'dist', 'build', 'prices']
const unused = /(\.d\.[cm]?ts|\.map|\.tsbuildinfo|\.o\.d|\.d|\.md)$/

/**
 * Where Node finds a package.
 * @param {string} name
 * @param {string} from folder of the package that asks
 */
function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name)
    if (existsSync(join(path, 'package.json'))) return path
    if (folder === root) throw new Error(`${name}, which ${from} needs, is not installed: run \`npm run setup\` first`)
  }
}

/** @param {string} source @param {string} target */
function copy(source, target) {
  const inside = (/** @type {string} */ path) => relative(source, path).split(sep)
  cpSync(source, target, {
    recursive: true,
    filter: (path) =>
      !inside(path).includes('node_modules') && (path.endsWith('.bpf.o') || !/\.o$/.test(path)) && !unused.test(path),
  })
}

/** @param {string} folder of a package of ours @param {string} target @param {string} name */
function copyOwn(folder, target, name) {
  if (!existsSync(join(folder, name === '@headwater/bpf' ? 'build' : 'dist')))
    throw new Error(`${name} is not built: run \`npm run setup\` first`)
  const parts = name === '@headwater/console' ? ['package.json', 'dist/app'] : built
  for (const part of parts) if (existsSync(join(folder, part))) copy(join(folder, part), join(target, part))
}

/** @param {keyof typeof roles} role */
function stage(role) {
  const out = join(here, 'build', role)
  rmSync(out, { recursive: true, force: true })
  /** @type {Set<string>} */
  const done = new Set()
  const target = (/** @type {string} */ path) => join(out, relative(root, path))
  /** @param {string} name @param {string} from */
  const add = (name, from) => {
    if (compileOnly.has(name)) return
    const path = find(name, from)
    if (done.has(path)) return
    done.add(path)
    const own = lstatSync(path).isSymbolicLink()
    const folder = own ? join(dirname(path), readlinkSync(path)) : path
    if (own) {
      mkdirSync(dirname(target(path)), { recursive: true })
      symlinkSync(relative(dirname(path), folder), target(path))
      copyOwn(folder, target(folder), name)
    } else copy(path, target(path))
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (!withoutDependencies.has(name)) for (const needed of Object.keys(dependencies)) add(needed, folder)
  }
  const command = join(root, 'services', 'headwater')
  copyOwn(command, target(command), '@headwater/headwater')
  for (const name of roles[role]) add(name, command)
  mkdirSync(join(out, 'bin'), { recursive: true })
  cpSync(process.execPath, join(out, 'bin', 'node'), { dereference: true })
  cpSync(join(here, 'files', 'healthcheck.mjs'), join(out, 'bin', 'healthcheck.mjs'))
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE'))
  process.stdout.write(`${relative(process.cwd(), out)}: ${done.size} packages\n`)
}

stage('agent')
stage('services')
