// @ts-check

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} failures one line each
 * @property {string[]} skips one line each
 */

/** @returns {Counts} */
export const noCounts = () => ({ passed: 0, failed: 0, skipped: 0, failures: [], skips: [] })

/** Of a log that keeps only its end this is all that tells why. */
const WHY_CHARACTERS = 500

/**
 * The first line of a failure's message, for behind the name of its test.
 * @param {string | undefined} message
 */
function why(message) {
  const [line = ''] = (message ?? '').split('\n')
  return line === '' ? '' : `: ${line.slice(0, WHY_CHARACTERS)}`
}

/**
 * What a run of vitest came to. Anything that is not plainly a pass counts: a file that could not be loaded, a hook that
 * failed, an error outside of any test, a run without a report.
 * @param {string} stage
 * @param {any} report vitest's JSON report; undefined where there is none
 * @param {number | null} exitCode
 * @returns {Counts}
 */
export function countTests(stage, report, exitCode) {
  const counts = noCounts()
  const fail = (/** @type {string} */ line) => {
    counts.failed++
    counts.failures.push(`${stage}: ${line}`)
  }
  if (report === undefined) {
    fail(`vitest ended with code ${exitCode} and left no report`)
    return counts
  }
  for (const file of report.testResults ?? []) {
    let failedHere = 0
    for (const test of file.assertionResults ?? []) {
      const name = `${file.name}: ${test.fullName}`
      if (test.status === 'passed') counts.passed++
      else if (test.status === 'failed') {
        failedHere++
        fail(name + why(test.failureMessages?.[0]))
      } else {
        counts.skipped++
        counts.skips.push(`${stage}: ${name}`)
      }
    }
    if (file.status === 'failed' && failedHere === 0) fail(`${file.name}: ${String(file.message ?? '').split('\n')[0]}`)
  }
  if (exitCode !== 0 && counts.failed === 0) {
    fail(`vitest ended with code ${exitCode} without a failed test: an error outside of the tests`)
  }
  return counts
}

/**
 * @param {Counts} sum
 * @param {Counts} more
 */
export function add(sum, more) {
  sum.passed += more.passed
  sum.failed += more.failed
  sum.skipped += more.skipped
  sum.failures.push(...more.failures)
  sum.skips.push(...more.skips)
}
