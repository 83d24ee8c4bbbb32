import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What stands where Headwater should, for faults that a real one does not have. */
export interface Impostor {
  url: string
  requests: IncomingMessage[]
  /** Requests whose caller went away before an answer. */
  left: () => number
  stop(): Promise<void>
}

async function listening(
  server: Server,
  scheme: string,
  requests: IncomingMessage[],
  left: () => number,
): Promise<Impostor> {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url, requests, left, stop }
}

export function impostor(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Impostor> {
  const requests: IncomingMessage[] = []
  let left = 0
  const server = createServer((request, response) => {
    requests.push(request)
    response.once('close', () => {
      if (!response.writableFinished) left++
    })
    answer(request, response)
  })
  return listening(server, 'http', requests, () => left)
}

/** An HTTPS server whose certificate nobody signed. */
export async function selfSigned(answer: RequestListener): Promise<Impostor> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'ignore' },
  )
  const server = createTls({ key: readFileSync(key), cert: readFileSync(cert) }, answer)
  rmSync(folder, { recursive: true })
  return listening(server as unknown as Server, 'https', [], () => 0)
}

export const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'application/problem+json' })
  response.end(JSON.stringify(body))
}
