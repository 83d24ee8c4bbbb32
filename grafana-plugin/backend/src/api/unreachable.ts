import { DataError } from './errors.ts'
import type { Settings } from './settings.ts'

const certificate =
  'give Grafana the authority that signed it (NODE_EXTRA_CA_CERTS), or switch on "Skip TLS verification" in the settings of the data source'

type Say = (where: string, host: string) => string

const sentences: Record<string, Say> = {
  ECONNREFUSED: (where) =>
    `Nothing listens at ${where}: start "headwater query" or "headwater up" there, or correct the URL in the settings of the data source.`,
  ENOTFOUND: (_, host) =>
    `The host name ${host} is not known where Grafana runs: correct the URL in the settings of the data source.`,
  EAI_AGAIN: (_, host) =>
    `The host name ${host} could not be looked up where Grafana runs: see to its DNS, or correct the URL in the settings of the data source.`,
  EHOSTUNREACH: (where) =>
    `There is no way from Grafana to ${where}: see to the network between them, or correct the URL in the settings of the data source.`,
  ETIMEDOUT: (where) =>
    `${where} does not answer: see whether a firewall stands between Grafana and it, or correct the URL in the settings of the data source.`,
  ECONNRESET: (where) =>
    `${where} broke the connection off: see whether it restarts, and whether the URL should begin with https.`,
  EPROTO: (where) => `${where} does not speak TLS: let the URL in the settings of the data source begin with http.`,
  CERT_HAS_EXPIRED: (where) => `The certificate of ${where} has expired: renew it.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (where) =>
    `The certificate of ${where} is for another name: use the name in it as URL, or switch on "Skip TLS verification" in the settings of the data source.`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (where) =>
    `The certificate of ${where} is not signed by an authority that Grafana knows: ${certificate}.`,
}
const same: Record<string, string> = {
  ENETUNREACH: 'EHOSTUNREACH',
  EPIPE: 'ECONNRESET',
  ERR_SSL_WRONG_VERSION_NUMBER: 'EPROTO',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'EPROTO',
  SELF_SIGNED_CERT_IN_CHAIN: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'DEPTH_ZERO_SELF_SIGNED_CERT',
}

/** The sentence for a request that got no answer. */
export function unreachable(settings: Settings, error: NodeJS.ErrnoException): DataError {
  const { origin, hostname } = settings.base
  // Several addresses of one name: each has its own error.
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error
  const code = first.code ?? ''
  if (code.startsWith('HPE_'))
    return new DataError(
      'not-headwater',
      `${origin} does not speak HTTP: correct the URL in the settings of the data source.`,
      { code, cause: error },
    )
  const say = sentences[same[code] ?? code] ?? sentences.ETIMEDOUT
  const text =
    sentences[same[code] ?? code] === undefined
      ? `${origin} cannot be reached (${code || first.message}): correct the URL in the settings of the data source.`
      : say?.(origin, hostname)
  return new DataError('unreachable', text ?? '', { code, cause: error })
}
