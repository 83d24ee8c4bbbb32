// @ts-check
// npm test [-- --only STAGE[,STAGE]] [FILTER...]: all set-up, then every check. The last line is `N passed, N failed, N skipped`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { nx } from './setup/build.mjs'
import { productNode, root, tool, toolEnv } from './setup/paths.mjs'
import { preparePlugin, preparePluginHost } from './setup/plugin.mjs'
import { prepare } from './setup/prepare.mjs'
import { run, say, step } from './setup/progress.mjs'
import { add, noCounts } from './test/report.mjs'
import { parseArguments, projects } from './test/stages.mjs'
import { runTests } from './test/vitest.mjs'

const wanted = parseArguments(process.argv.slice(2))
if ('error' in wanted) {
  say(wanted.error)
  process.exit(2)
}
const sum = noCounts()
/** @type {Set<string>} */
const reasons = new Set()

/**
 * A check that passes or fails as a whole.
 * @param {string} name
 * @param {() => Promise<unknown>} work
 */
async function check(name, work) {
  try {
    await work()
    sum.passed++
    return true
  } catch (error) {
    say(/** @type {Error} */ (error).message)
    sum.failed++
    sum.failures.push(name)
    return false
  }
}

/** Jars of the Kafka that tests start: fetched before the clock of a test runs. A test says why it skips without them. */
async function fetchKafka() {
  const script = join(root, 'services', 'bus', 'scripts', 'prepare-kafka.mjs')
  if (!existsSync(script)) return
  await step('Kafka for the tests', () =>
    run(productNode() ?? process.execPath, [script], { cwd: root, env: toolEnv() }),
  ).catch((error) => say(error.message))
}

const { only, filters } = wanted
const started = performance.now()
// Whatever is asked for, tests run against what is built from these sources.
const built = await check('build', () => prepare({ tests: true }).then(preparePlugin))
if (!only.includes('build') && built) sum.passed--
if (built) {
  if (only.includes('types')) {
    const others = async () => {
      const folders = ['scripts', 'grafana-plugin', 'grafana-plugin/backend']
      for (const folder of folders.filter((f) => existsSync(join(root, f, 'tsconfig.json'))))
        await run(tool('tsc'), ['-p', folder, '--noEmit'], { cwd: root, env: toolEnv() })
    }
    await check('types', () => step('types', (detail) => nx('typecheck', detail).then(others)))
  }
  if (only.includes('lint')) {
    await check('lint', () => step('lint', () => run(tool('biome'), ['check', '.'], { cwd: root, env: toolEnv() })))
  }
  if (only.includes('integration')) await fetchKafka()
  // A test says why it skips without them.
  if (only.includes('browser')) await preparePluginHost().catch((error) => say(error.message))
  let collected = 0
  for (const stage of /** @type {(keyof typeof projects)[]} */ (Object.keys(projects))) {
    if (!only.includes(stage)) continue
    say(`\n== ${stage} ==`)
    const { counts, reasons: found } = await runTests(stage, filters)
    const seen = counts.passed + counts.failed + counts.skipped
    collected += seen
    if (seen === 0 && filters.length === 0) {
      counts.failed++
      counts.failures.push(`${stage}: no tests found`)
    }
    add(sum, counts)
    for (const reason of found) reasons.add(reason)
  }
  if (filters.length > 0 && collected === 0) {
    sum.failed++
    sum.failures.push(`no test file matches ${filters.join(' ')}`)
  }
}

if (sum.skips.length > 0) {
  say('\nSkipped:')
  for (const line of sum.skips) say(`  ${line}`)
  for (const reason of reasons) say(`  ${reason}`)
}
if (sum.failures.length > 0) {
  say('\nFailed:')
  for (const line of sum.failures) say(`  ${line}`)
}
say(`\n${((performance.now() - started) / 1000).toFixed(0)} s`)
process.exitCode = sum.failed > 0 ? 1 : 0
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
