import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testStatus } from '../../../services/query/test/server.ts'
import { type Impostor, impostor, json, selfSigned } from './faults.ts'
import { Backend, type Source } from './grafana.ts'
import { Headwater, TOKEN } from './headwater.ts'

let headwater: Headwater
let backend: Backend
const stops: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  headwater = await Headwater.start()
  await headwater.report('n1', Date.now() - 5_000)
  backend = await Backend.start(headwater.source)
})
afterAll(async () => {
  await backend?.stop()
  for (const stop of stops) await stop()
  await headwater?.stop()
})

const standIn = async (made: Promise<Impostor>): Promise<string> => {
  const { url, stop } = await made
  stops.push(stop)
  return url
}
const server = async (options: Parameters<Headwater['also']>[0]): Promise<Source> => {
  const also = await headwater.also(options)
  stops.push(() => also.stop())
  return { url: also.url, token: TOKEN }
}
const freePort = async (): Promise<number> => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  await new Promise((resolve) => taken.close(resolve))
  return port
}

test('what is reached, with both versions', async () => {
  expect(await backend.health()).toEqual({
    status: 'OK',
    message: 'Headwater 0.1.0 answers; 1 agent heard in the last 5 minutes.',
    details: { plugin: '0.1.0', headwater: '0.1.0', nodes: 1 },
  })
})

test('the URL as "headwater up" prints it, and one behind a path', async () => {
  const { url } = headwater.source
  expect(await backend.with({ url: ` ${url}/#token=x `, token: ` ${TOKEN}\n` }).health()).toMatchObject({
    status: 'OK',
  })
  const proxy = await impostor(async (request, response) => {
    const answer = await fetch(`${url}${request.url?.replace('/headwater/', '/')}`, {
      headers: { authorization: request.headers.authorization ?? '' },
    })
    json(response, await answer.json())
  })
  stops.push(proxy.stop)
  expect(await backend.with({ url: `${proxy.url}/headwater`, token: TOKEN }).health()).toMatchObject({ status: 'OK' })
  expect(proxy.requests[0]?.url).toBe('/headwater/api/v1/status')
})

const html = (_: unknown, response: import('node:http').ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end('<html>Grafana</html>')
}

describe('each fault is a sentence that says what to do', () => {
  const faults: [string, () => Promise<Source> | Source, string, RegExp][] = [
    ['no URL', () => ({}), 'settings', /has no URL: put the URL of Headwater into its settings/],
    [
      'no URL at all',
      () => ({ url: 'headwater' }),
      'settings',
      /"headwater" of the data source is no http or https URL/,
    ],
    ['another scheme', () => ({ url: 'file:///etc/passwd' }), 'settings', /is no http or https URL/],
    ['a password in the URL', () => ({ url: 'http://u:p@h' }), 'settings', /holds a password/],
    [
      'nobody listens',
      async () => ({ url: `http://127.0.0.1:${await freePort()}`, token: 'x' }),
      'unreachable',
      /^Nothing listens at http:\/\/127\.0\.0\.1:\d+: start "headwater/,
    ],
    [
      'unknown host',
      () => ({ url: 'http://headwater.invalid:4400', token: 'x' }),
      'unreachable',
      /host name headwater\.invalid (is not known|could not be looked up)/,
    ],
    [
      'not Headwater',
      async () => ({ url: await standIn(impostor(html)), token: 'x' }),
      'not-headwater',
      /answers \(HTTP 200, text\/html\), but it is not Headwater/,
    ],
    [
      'another API',
      async () => ({ url: await standIn(impostor((_, r) => json(r, { ok: true }))), token: 'x' }),
      'not-headwater',
      /answers, but not as Headwater does/,
    ],
    [
      'sends elsewhere',
      async () => ({
        url: await standIn(impostor((_, r) => r.writeHead(302, { location: 'https://sso.example/login' }).end())),
        token: 'x',
      }),
      'not-headwater',
      /sends to https:\/\/sso\.example\/login\), but it is not Headwater/,
    ],
    [
      'no HTTP',
      async () => {
        const chatty = createServer((socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end('220 mail ready\r\n'),
        ).listen(0, '127.0.0.1')
        await new Promise((resolve) => chatty.once('listening', resolve))
        stops.push(() => new Promise((resolve) => chatty.close(resolve)))
        return { url: `http://127.0.0.1:${(chatty.address() as { port: number }).port}`, token: 'x' }
      },
      'not-headwater',
      /does not speak HTTP/,
    ],
    [
      'http where https is',
      async () => ({ url: (await standIn(selfSigned(html))).replace('https', 'http'), token: 'x' }),
      'unreachable',
      /broke the connection off|https/,
    ],
    [
      'https where http is',
      async () => ({ url: headwater.server.url.replace('http', 'https'), token: 'x' }),
      'unreachable',
      /does not speak TLS/,
    ],
    [
      'a certificate of nobody',
      async () => ({ url: await standIn(selfSigned(html)), token: 'x' }),
      'unreachable',
      /not signed by an authority that Grafana knows: .*"Skip TLS verification"/,
    ],
    [
      'no token',
      () => ({ url: headwater.server.url }),
      'token',
      /has no token\. Put the current one into the settings/,
    ],
    [
      'another token',
      () => ({ url: headwater.server.url, token: 'expired' }),
      'token',
      /refuses the token of the data source: it is wrong or was changed/,
    ],
    [
      'a token with a line in it',
      () => ({ url: headwater.server.url, token: 'a\nb' }),
      'settings',
      /characters that no token has/,
    ],
    [
      'a newer API',
      () => server({ status: async () => ({ ...testStatus, version: '0.2.0' }) }),
      'version',
      /plugin \(0\.1\.0\) is older than Headwater \(0\.2\.0\): install the plugin of version 0\.2\.0/,
    ],
    [
      'an older API',
      () => server({ status: async () => ({ ...testStatus, version: '0.0.9' }) }),
      'version',
      /plugin \(0\.1\.0\) is newer than Headwater \(0\.0\.9\): update Headwater/,
    ],
    [
      'a Host header that is not allowed',
      () => server({ allowedHosts: ['headwater.example'] }),
      'settings',
      /name it in allowed-hosts/,
    ],
    [
      'the store is down, as the program says',
      () =>
        server({
          status: async () => ({
            ...testStatus,
            store: { kind: 'external', ok: false, message: 'connection refused' },
          }),
        }),
      'store',
      /Headwater 0\.1\.0 is reached, but its store is down: connection refused\. "headwater doctor"/,
    ],
  ]
  test.each(faults)('%s', async (_, source, fault, sentence) => {
    const answer = await backend.with(await source()).health()
    expect(answer).toMatchObject({ status: 'ERROR', details: { fault } })
    expect(answer.message).toMatch(sentence)
    expect(answer.message).toMatch(/^[A-Zh].*\.$/s)
  })

  test('TLS that is not verified, where that was asked for', async () => {
    const url = await standIn(
      selfSigned((_, response) => json(response, { ...testStatus, completeness: { nodes_heard: 3 } })),
    )
    expect(await backend.with({ url, token: 'x', tlsSkipVerify: true }).health()).toMatchObject({ status: 'OK' })
    expect(await backend.with({ url, token: 'x' }).health()).toMatchObject({ status: 'ERROR' })
  })
})

test('the API goes away and comes back', async () => {
  const { port } = new URL(headwater.server.url)
  const services = { queryType: 'services', format: 'table' }
  await headwater.server.stop()
  const gone = await backend.query(services)
  expect(gone).toMatchObject({ status: 502, errorSource: 'downstream', frames: [] })
  expect(gone.error).toMatch(/^Nothing listens at/)
  const again = await headwater.also({ port: Number(port) })
  stops.push(() => again.stop())
  expect(await backend.query(services)).toMatchObject({ status: 200, error: '' })
})

test('the store goes away', async () => {
  await headwater.store.store.stop()
  const answer = await backend.query({ queryType: 'services' })
  expect(answer).toMatchObject({ status: 503, errorSource: 'downstream' })
  expect(answer.error).toMatch(/^The store does not answer; "headwater doctor" says why\.$/)
  expect(await backend.health()).toMatchObject({ status: 'ERROR', details: { fault: 'store' } })
})
