// @ts-check
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { root, which } from './paths.mjs'
import { run, SetupError, say, step } from './progress.mjs'

/**
 * @typedef {object} Need
 * @property {string} name what is looked for
 * @property {string} apt Debian package that brings it
 * @property {() => boolean} found
 * @property {string} without what is lost where it is missing
 */

/** @param {string} name */
const header = (name) => () => existsSync(`/usr/include/${name}`) || existsSync(`/usr/local/include/${name}`)
/** @param {string[]} names */
const program =
  (...names) =>
  () =>
    names.some((name) => which(name) !== undefined)

const AGENT = 'the agent, which sees this machine’s connections, cannot be built'
const COMPILER = 'neither the agent nor the launcher of the embedded ClickHouse can be built'

/** @type {Need[]} What a build needs of the machine. */
const buildNeeds = [
  { name: 'make', apt: 'make', found: program('make'), without: COMPILER },
  { name: 'g++', apt: 'g++', found: program('g++'), without: COMPILER },
  { name: 'clang', apt: 'clang', found: program('clang'), without: AGENT },
  { name: 'libbpf', apt: 'libbpf-dev', found: header('bpf/libbpf.h'), without: AGENT },
  { name: 'libelf', apt: 'libelf-dev', found: header('libelf.h'), without: AGENT },
  { name: 'zlib', apt: 'zlib1g-dev', found: header('zlib.h'), without: AGENT },
]

/** Major version of the Java on PATH; 0 without one. */
function javaMajor() {
  if (which('java') === undefined) return 0
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const version = /version "(?:1\.)?(\d+)/.exec(stderr ?? '')
  return Number(version?.[1] ?? 0)
}

const KAFKA = 'tests that need a real Kafka are skipped'

const ALERTS = 'tests with Prometheus and Alertmanager are skipped'

const DOCKER = 'tests in containers are skipped'

const LAB = 'there is no lab: neither the demo nor tests in network namespaces'

/** @type {Need[]} What the lab is made with. */
const labNeeds = [
  {
    name: 'ip and tc',
    apt: 'iproute2',
    found: () => which('ip') !== undefined && which('tc') !== undefined,
    without: LAB,
  },
  { name: 'iptables', apt: 'iptables', found: program('iptables'), without: LAB },
  { name: 'nsenter and unshare', apt: 'util-linux', found: program('nsenter'), without: LAB },
]

/** @type {Need[]} What the tests need besides. */
const testNeeds = [
  {
    name: 'Chromium',
    apt: 'chromium',
    found: program('chromium', 'chromium-browser', 'google-chrome'),
    without: 'browser tests are skipped',
  },
  { name: 'Java 17', apt: 'default-jre-headless', found: () => javaMajor() >= 17, without: KAFKA },
  { name: 'Maven', apt: 'maven', found: program('mvn'), without: KAFKA },
  { name: 'promtool', apt: 'prometheus', found: program('promtool'), without: ALERTS },
  { name: 'Alertmanager', apt: 'prometheus-alertmanager', found: program('prometheus-alertmanager'), without: ALERTS },
  { name: 'a Docker engine', apt: 'docker.io', found: program('dockerd'), without: DOCKER },
  { name: 'busybox, for images', apt: 'busybox-static', found: program('busybox'), without: DOCKER },
  { name: 'ethtool', apt: 'ethtool', found: program('ethtool'), without: 'tests that count bytes on the wire fail' },
]

const linuxOnly = ['ethtool', 'docker.io', 'busybox-static']

const isRoot = () => process.getuid?.() === 0

/** Debian's packages start these where systemd runs; the set-up wants their programs alone. */
const services = ['prometheus', 'prometheus-alertmanager']

/**
 * Stops and disables what the installation of these packages has started: on a machine that had them before they are not installed again, and
 * stay as they are.
 * @param {string[]} packages
 */
async function stopServices(packages) {
  const started = services.filter((name) => packages.includes(name))
  if (started.length === 0 || !existsSync('/run/systemd/system') || which('systemctl') === undefined) return
  await run('systemctl', ['disable', '--now', ...started.map((name) => `${name}.service`)], { cwd: root })
}

/** @param {string[]} packages */
async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (/** @type {string[]} */ args) => run('apt-get', ['-q', '-y', ...args], { cwd: root, env })
  const install = () => apt(['install', '--no-install-recommends', ...packages])
  const hasLists =
    existsSync('/var/lib/apt/lists') && readdirSync('/var/lib/apt/lists').some((f) => f.includes('_Packages'))
  if (!hasLists) await apt(['update'])
  try {
    await install().catch(async (error) => {
      // Lists that are out of date name packages that are gone from the mirror.
      if (!hasLists) throw error
      await apt(['update'])
      await install()
    })
  } finally {
    await stopServices(packages)
  }
}

/** True where nothing of the lab's is missing. */
export const hasLab = () => process.platform !== 'linux' || labNeeds.every((need) => need.found())

/**
 * Installs what is missing where it can, else says how to.
 * @param {{ tests: boolean, lab: boolean }} options
 * @returns {Promise<{ compiler: boolean, kernel: boolean }>} what can be built: C at all, the agent's kernel part
 */
export async function prepareSystem({ tests, lab }) {
  const linux = process.platform === 'linux'
  const needs = [
    ...(linux ? buildNeeds : []),
    ...(linux && (tests || lab) ? labNeeds : []),
    ...(tests ? testNeeds.filter((n) => linux || !linuxOnly.includes(n.apt)) : []),
  ]
  let missing = needs.filter((need) => !need.found())
  if (missing.length > 0 && linux && isRoot() && which('apt-get') !== undefined) {
    const packages = missing.map((need) => need.apt)
    try {
      await step(`installing ${packages.join(' ')} with apt-get`, () => aptInstall(packages))
    } catch (error) {
      say(error instanceof SetupError ? error.message : String(error))
    }
    missing = missing.filter((need) => !need.found())
  }
  if (missing.length > 0) explain(missing)
  if (!linux)
    say(
      `This is ${process.platform}: no agent and no embedded ClickHouse here. The console works with HEADWATER_CLICKHOUSE_URL and HEADWATER_KAFKA_BROKERS.`,
    )
  const without = new Set(missing.map((need) => need.without))
  return { compiler: linux && !without.has(COMPILER), kernel: linux && !without.has(COMPILER) && !without.has(AGENT) }
}

/** @param {Need[]} missing */
function explain(missing) {
  for (const need of missing) say(`missing: ${need.name} (${need.without})`)
  const packages = missing.map((need) => need.apt).join(' ')
  if (process.platform !== 'linux') say(`Install ${missing.map((need) => need.name).join(', ')} and run this again.`)
  else if (which('apt-get') === undefined)
    say(`Install what Debian calls ${packages} with this system's package manager, and run this again.`)
  else
    say(
      `To install it, run:\n\n    ${isRoot() ? '' : 'sudo '}apt-get install -y --no-install-recommends ${packages}\n\nand then this command again.`,
    )
}

/**
 * As root, the product's unprivileged parts run as a system user of their own; made here once.
 * Where that fails the product says so when it starts, and works without.
 */
export async function prepareUser() {
  if (process.platform !== 'linux' || !isRoot() || process.env.SUDO_UID !== undefined) return
  if (spawnSync('getent', ['passwd', 'headwater']).status === 0) return
  const useradd = which('useradd')
  if (useradd === undefined) return
  const args = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
    'headwater',
  ]
  await step('making the system user headwater', () => run(useradd, args, { cwd: root })).catch((error) =>
    say(String(error.message)),
  )
}
