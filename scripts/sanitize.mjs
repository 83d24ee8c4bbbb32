// @ts-check
// npm run sanitize [-- FILTER...]: the native suite (native/test, agents/node/test/exactness) with the addon built under AddressSanitizer and
// UndefinedBehaviorSanitizer, as root. Errors end the process that made them; leaks are told at each process's end. Node itself leaks by design at its
// exit: only what the addon allocated counts. Tests that fail without such a report do not: everything is several times slower here, and a process
// that tells of leaks has another exit status.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addonFaults } from './sanitize/reports.mjs'
import { root, tool, toolEnv } from './setup/paths.mjs'
import { main, prepare } from './setup/prepare.mjs'

/** What has the addon run, beside the tests that a FILTER names. */
const SUITE = ['native/test', 'agents/node/test/exactness.it.test.ts']
/** @param {string} name */
const libraryOf = (name) => spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim()

await main(async () => {
  await prepare()
  const make = spawnSync('make', ['-C', join(root, 'native'), '-j2', 'sanitized'], { encoding: 'utf8', env: toolEnv() })
  if (make.status !== 0) throw new Error(`the addon cannot be built with sanitizers: ${make.stdout}${make.stderr}`)
  const folder = mkdtempSync(join(tmpdir(), 'hw-sanitize-'))
  // Tests run some processes as another user.
  chmodSync(folder, 0o777)
  const filters = process.argv.slice(2)
  // In threads of a process that ends by itself: only then it tells of leaks.
  const args = [
    'run',
    '--project',
    'it',
    '--pool',
    'threads',
    '--testTimeout',
    '240000',
    ...(filters.length > 0 ? filters : SUITE),
  ]
  try {
    const { status } = spawnSync(tool('vitest'), args, {
      stdio: 'inherit',
      cwd: root,
      env: {
        ...toolEnv(),
        LD_PRELOAD: libraryOf('libasan.so'),
        NODE_OPTIONS: `--require=${join(root, 'scripts', 'sanitize', 'load.cjs')}`,
        HEADWATER_SANITIZED: join(root, 'native', 'build', 'sanitized', 'headwater.node'),
        HEADWATER_SANITIZED_FOLDER: folder,
        // By file: some tests compare what a process says.
        ASAN_OPTIONS: `log_path=${folder}/report:detect_leaks=1:detect_odr_violation=0:allocator_may_return_null=1`,
        UBSAN_OPTIONS: `log_path=${folder}/report:print_stacktrace=1`,
        LSAN_OPTIONS: 'exitcode=0:max_leaks=0',
      },
    })
    const names = readdirSync(folder)
    const loads = names.filter((name) => name.startsWith('loaded.')).length
    const reports = names
      .filter((name) => name.startsWith('report'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
    const { errors, leaks } = addonFaults(reports)
    for (const fault of [...errors, ...leaks]) process.stdout.write(`${fault}\n\n`)
    process.stdout.write(
      `${errors.length} errors, ${leaks.length} leaks of the addon, which was loaded ${loads} times\n`,
    )
    if (status !== 0) process.stdout.write('Some tests failed: see whether they pass without sanitizers\n')
    process.exitCode = loads === 0 || errors.length + leaks.length > 0 ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
