import type { z } from 'zod'
import { badParameter, ProblemError } from './problem.js'

type Issue = z.core.$ZodIssue

const allowed = (schema: z.ZodObject): string => {
  const names = Object.keys(schema.shape)
  return names.length === 0 ? 'no parameters are allowed here' : `allowed are ${names.join(', ')}`
}

function describe(issue: Issue): string {
  if (issue.code === 'invalid_value') return `allowed are ${issue.values.map(String).join(', ')}`
  return issue.message
}

/**
 * Reads a query string's parameters by their schema.
 * @throws ProblemError 400 that names the first parameter that is wrong, unknown or given twice
 */
export function parseRequest<S extends z.ZodObject>(schema: S, query: unknown): z.output<S> {
  const given = { ...(query as Record<string, unknown>) }
  for (const [name, value] of Object.entries(given))
    if (Array.isArray(value) && name in schema.shape) throw badParameter(name, `${name}: given ${value.length} times`)
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  if (issue?.code === 'unrecognized_keys') {
    const name = (issue.keys[0] ?? '').slice(0, 64)
    throw new ProblemError(400, 'unknown-parameter', `there is no parameter "${name}"; ${allowed(schema)}`, {
      parameter: name,
    })
  }
  const name = String(issue?.path[0] ?? '')
  const missing = !(name in given)
  throw badParameter(
    name,
    `${name}: ${missing ? 'is missing; ' : ''}${issue === undefined ? 'invalid' : describe(issue)}`,
  )
}
