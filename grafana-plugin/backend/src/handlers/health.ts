import { Api } from '../api/client.ts'
import { asDataError, DataError } from '../api/errors.ts'
import { readSettings } from '../api/settings.ts'
import { mismatch } from '../api/version.ts'
import type { CheckHealthRequest, CheckHealthResponse } from '../plugin/messages.ts'

/** What "Save & test" says: what Headwater is reached, or the first thing that is wrong and how to mend it. */
async function check(request: CheckHealthRequest, signal: AbortSignal): Promise<{ message: string; details: object }> {
  const api = new Api(readSettings(request.pluginContext))
  const { body: status } = await api.status(signal)
  if (typeof status.version !== 'string' || typeof status.store?.ok !== 'boolean')
    throw new DataError(
      'not-headwater',
      `${api.settings.base.origin} answers, but not as Headwater does: put the URL of Headwater into the settings of the data source.`,
    )
  const versions = { plugin: __VERSION__, headwater: status.version }
  const why = mismatch(versions.plugin, versions.headwater)
  if (why !== undefined) throw new DataError('version', why)
  if (!status.store.ok)
    throw new DataError(
      'store',
      `Headwater ${status.version} is reached, but its store is down${status.store.message === '' ? '' : `: ${status.store.message.replace(/\.$/, '')}`}. "headwater doctor" on its machine says what to do.`,
    )
  // The store has the last word: the status may be older than its fault.
  const range = { from: 'now-5m', to: 'now' }
  const { body } = await api.get<{ completeness: { nodes_heard: number } }>('completeness', range, signal)
  const nodes = body.completeness.nodes_heard
  const heard =
    nodes === 0
      ? 'no agent was heard in the last 5 minutes'
      : `${nodes} ${nodes === 1 ? 'agent' : 'agents'} heard in the last 5 minutes`
  return { message: `Headwater ${status.version} answers; ${heard}.`, details: { ...versions, nodes } }
}

export async function checkHealth(request: CheckHealthRequest, signal: AbortSignal): Promise<CheckHealthResponse> {
  const json = (details: object) => Buffer.from(JSON.stringify(details))
  try {
    const { message, details } = await check(request, signal)
    return { status: 1, message, jsonDetails: json(details) }
  } catch (thrown) {
    const { message, fault, options } = asDataError(thrown)
    return { status: 2, message, jsonDetails: json({ fault, ...(options.code && { code: options.code }) }) }
  }
}
