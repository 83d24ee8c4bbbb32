import { createHash } from 'node:crypto'
import type { PluginContext } from '../plugin/messages.ts'
import { DataError } from './errors.ts'

/** One configured data source. */
export interface Settings {
  /** Where the API is, with a slash at its end. */
  base: URL
  token: string
  tlsSkipVerify: boolean
  uid: string
  name: string
  /** The same for the same settings; holds no secret. */
  key: string
}

const EXAMPLE = 'such as http://headwater.example:4400'

function readUrl(text: unknown): URL {
  if (typeof text !== 'string' || text.trim() === '')
    throw new DataError(
      'settings',
      `The data source has no URL: put the URL of Headwater into its settings, ${EXAMPLE}.`,
    )
  const shown = JSON.stringify(text.trim().slice(0, 200))
  const url = URL.parse(text.trim())
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new DataError(
      'settings',
      `The URL ${shown} of the data source is no http or https URL: put in one ${EXAMPLE}.`,
    )
  if (url.username !== '' || url.password !== '')
    throw new DataError(
      'settings',
      `The URL of the data source holds a password: take it out, and put the token into its own field.`,
    )
  // As "headwater up" prints it, the URL ends with the token: it is for browsers.
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function readJson(bytes: Uint8Array): Record<string, unknown> {
  const text = Buffer.from(bytes).toString('utf8')
  if (text === '') return {}
  const json = JSON.parse(text)
  return typeof json === 'object' && json !== null ? json : {}
}

/** @throws DataError where the data source cannot be used as it is configured */
export function readSettings(context: PluginContext | undefined): Settings {
  const instance = context?.dataSourceInstanceSettings
  if (instance === undefined)
    throw new DataError('settings', 'Grafana named no data source with this call: choose one in the query.')
  const json = readJson(instance.jsonData)
  const base = readUrl(json.url)
  const token = (instance.decryptedSecureJsonData.token ?? '').trim()
  // Node refuses such a header with a message of its own.
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new DataError(
      'settings',
      'The token of the data source has characters that no token has: paste it again into the settings.',
    )
  const tlsSkipVerify = json.tlsSkipVerify === true
  const key = createHash('sha256')
    .update(JSON.stringify([base.href, token, tlsSkipVerify]))
    .digest('base64url')
  return { base, token, tlsSkipVerify, uid: instance.uid, name: instance.name, key }
}
