// @ts-check

/** The stages of `npm test`, in order, by the names that --only takes. */
export const stages = /** @type {const} */ (['build', 'types', 'lint', 'unit', 'integration', 'browser'])

/** @typedef {(typeof stages)[number]} Stage */

/** Stages that vitest runs, and the project of vitest.config.ts each one is. */
export const projects = /** @type {const} */ ({ unit: 'unit', integration: 'it', browser: 'e2e' })

/** Other names people type. @type {Record<string, Stage>} */
const aliases = { it: 'integration', e2e: 'browser', typecheck: 'types' }

/**
 * @param {string[]} args `[--only STAGE[,STAGE]] [FILTER...]`
 * @returns {{ only: readonly Stage[], filters: string[] } | { error: string }}
 */
export function parseArguments(args) {
  /** @type {Stage[]} */
  const only = []
  const filters = []
  for (let i = 0; i < args.length; i++) {
    const arg = /** @type {string} */ (args[i])
    if (arg === '--only' || arg.startsWith('--only=')) {
      const value = arg === '--only' ? args[++i] : arg.slice('--only='.length)
      for (const name of (value ?? '').split(',')) {
        const stage = stages.find((s) => s === (aliases[name] ?? name))
        if (stage === undefined) return { error: `--only takes ${stages.join(', ')}; not "${name}"` }
        only.push(stage)
      }
    } else if (arg.startsWith('-'))
      return { error: `unknown flag ${arg}; there is --only STAGE[,STAGE], and file filters` }
    else filters.push(arg)
  }
  if (only.length > 0) return { only, filters }
  // A filter names test files: the other checks are not what was asked for.
  return { only: filters.length > 0 ? /** @type {Stage[]} */ (Object.keys(projects)) : stages, filters }
}
