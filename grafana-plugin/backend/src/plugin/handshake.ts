import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * go-plugin's handshake. Grafana says what it speaks by the environment, the plugin where it is by one line on stdout:
 *
 *   line = core protocol "|" app protocol "|" network "|" address "|" "grpc"
 */
const COOKIE = { name: 'grafana_plugin_type', value: 'datasource' }
const CORE_PROTOCOL = 1
const APP_PROTOCOL = 2
/** sockaddr_un has room for 108 bytes, the last of them NUL. */
const LONGEST_SOCKET = 107

/** Why this is no start by Grafana that can be answered; undefined where it is one. */
export function refusal(env: NodeJS.ProcessEnv): string | undefined {
  if (env[COOKIE.name] !== COOKIE.value)
    return (
      'This is the backend of the Headwater data source for Grafana. Grafana starts it itself: put the plugin into its ' +
      'plugins folder, allow it (allow_loading_unsigned_plugins = headwater-app,headwater-datasource) and restart Grafana. ' +
      'Started by hand it does nothing.'
    )
  const versions = (env.PLUGIN_PROTOCOL_VERSIONS ?? '').split(',').filter((v) => v !== '')
  if (versions.length > 0 && !versions.includes(String(APP_PROTOCOL)))
    return `This Grafana speaks version ${versions.join(', ')} of the plugin protocol, the Headwater data source version ${APP_PROTOCOL}: use Grafana 10 or later.`
  if ((env.PLUGIN_CLIENT_CERT ?? '') !== '')
    return 'This Grafana asks for TLS between itself and its plugins (go-plugin AutoMTLS), which the Headwater data source does not speak.'
  return undefined
}

export interface Endpoint {
  /** As gRPC binds it. */
  bind: string
  line(port: number): string
  /** Takes away what was made for it. */
  remove(): void
}

const line = (network: string, address: string): string =>
  [CORE_PROTOCOL, APP_PROTOCOL, network, address, 'grpc'].join('|')

/** A Unix socket in a folder that only this user enters; a loopback port where there are none or its path is too long. */
export function endpoint(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Endpoint {
  if (platform !== 'win32') {
    const folder = mkdtempSync(join(env.PLUGIN_UNIX_SOCKET_DIR || tmpdir(), 'headwater-'))
    const remove = () => rmSync(folder, { recursive: true, force: true })
    const path = join(folder, 'plugin.sock')
    if (Buffer.byteLength(path) <= LONGEST_SOCKET)
      return { bind: `unix:${path}`, line: () => line('unix', path), remove }
    remove()
  }
  return { bind: '127.0.0.1:0', line: (port) => line('tcp', `127.0.0.1:${port}`), remove: () => {} }
}
