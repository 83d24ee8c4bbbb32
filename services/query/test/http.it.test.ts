import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Problem, problemSchema, statusSchema, UserError } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { apiRoutes } from '../src/openapi/routes.js'
import { connectionRows } from './fleet.js'
import { insertRows } from './rows.js'
import { curl, web } from './scenario.js'
import { get, TOKEN, testServer } from './server.js'
import { ensureZones } from './zones.js'

let store: TestStore
let server: QueryServer
let folder: string
const now = Date.now()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-console-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><script type="module" src="/assets/index-aB3dE5gH.js"></script>',
  )
  writeFileSync(join(folder, 'assets', 'index-aB3dE5gH.js'), `console.log(1)${' '.repeat(2000)}`)
  store = await startTestStore()
  await ensureZones(store.admin)
  server = testServer(store.query, { consoleDir: folder, metrics: [async () => 'part_up 1'] })
  await server.start()
  await insertRows(
    store.ingest,
    connectionRows({ client: curl, server: web, port: 443, start: now - 5_000, end: now - 4_000 }),
  )
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Raw {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A request as no well-behaved client makes it. */
const raw = (
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options
    const authorization = `Bearer ${TOKEN}`
    const sent = request(`${server.url}${path}`, { method, headers: { authorization, ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })

function expectProblem(
  answer: { status: number; headers: Headers; body: unknown },
  status: number,
  code: string,
): Problem {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  const problem = problemSchema.parse(answer.body)
  expect(problem).toMatchObject({ status, code })
  return problem
}

const paths = apiRoutes.map((route) => route.path)
const required: Record<string, Record<string, string>> = { '/api/v1/values': { label: 'server_service' } }

describe('token', () => {
  test.each(paths)('%s asks for it, and says where it is', async (path) => {
    for (const token of [null, 'wrong', `${TOKEN}x`, '']) {
      const problem = expectProblem(
        await get(server, path, required[path], token),
        401,
        token ? 'token-wrong' : 'token-missing',
      )
      expect(problem.detail).toMatch(/data folder/)
      expect(JSON.stringify(problem)).not.toContain(TOKEN)
    }
    expect((await get(server, path, required[path])).status).toBe(200)
  })

  test('other schemes, and the token in the query, are none', async () => {
    const basic = await raw('/api/v1/status', {
      headers: { authorization: `Basic ${Buffer.from(`a:${TOKEN}`).toString('base64')}` },
    })
    expect(basic.status).toBe(401)
    expect(basic.headers['www-authenticate']).toMatch(/^Bearer/)
    expect((await raw(`/api/v1/status?token=${TOKEN}`, { headers: { authorization: '' } })).status).toBe(401)
    expect((await raw('/api/v1/status', { headers: { authorization: `bearer  ${TOKEN} ` } })).status).toBe(200)
  })

  test('not for the probes, the document, the console and, on loopback, the metrics', async () => {
    for (const path of ['/healthz', '/readyz', '/api/openapi.json', '/', '/metrics'])
      expect((await get(server, path, {}, null)).status, path).toBe(200)
  })

  test('elsewhere the metrics ask for it too', async () => {
    const wide = testServer(store.query, { host: '0.0.0.0' })
    await wide.start()
    try {
      expectProblem(await get(wide, '/metrics', {}, null), 401, 'token-missing')
      expect((await get(wide, '/metrics')).status).toBe(200)
      expect((await get(wide, '/healthz', {}, null)).status).toBe(200)
    } finally {
      await wide.stop()
    }
  })
})

describe('door', () => {
  test.each(['evil.example', 'evil.example:4400', 'localhost.evil.example', '169.254.169.254', 'a b'])(
    'Host "%s" is not ours',
    async (host) => {
      for (const path of ['/', '/api/v1/status', '/metrics', '/nothing']) {
        const { status, body } = await raw(path, { headers: { host } })
        expect(status, path).toBe(421)
        expect(JSON.parse(body)).toMatchObject({ code: 'host-not-allowed' })
      }
    },
  )

  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST:4400', 'localhost.'])('Host "%s" is ours', async (host) => {
    expect((await raw('/api/v1/status', { headers: { host } })).status).toBe(200)
  })

  test('hosts that are configured, and no others', async () => {
    const own = testServer(store.query, { allowedHosts: ['headwater.example:8443', 'other.example'] })
    await own.start()
    const asked = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${own.url}/healthz`, { headers: { host } }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
    try {
      expect(await asked('headwater.example:8443')).toBe(200)
      expect(await asked('other.example:1')).toBe(200)
      expect(await asked('headwater.example')).toBe(421)
      expect(await asked('127.0.0.1')).toBe(421)
    } finally {
      await own.stop()
    }
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is not possible', async (method) => {
    const { status, headers, body } = await raw('/api/v1/map', { method })
    expect(status).toBe(405)
    expect(headers.allow).toBe('GET, HEAD')
    expect(JSON.parse(body)).toMatchObject({ code: 'method-not-allowed' })
  })

  test('HEAD works, bodies do not', async () => {
    expect(await raw('/api/v1/status', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect((await raw('/api/v1/status', { body: '{}', headers: { 'content-length': '2' } })).status).toBe(413)
    expect((await raw('/api/v1/status', { headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413)
  })

  test('too long and malformed URLs', async () => {
    const long = await raw(`/api/v1/map?filter=${'x'.repeat(20_000)}`)
    expect(long.status).toBe(414)
    for (const path of ['/api/v1/%zz', '/%E0%A4%A']) {
      const { status, headers, body } = await raw(path)
      expect(status).toBe(400)
      expect(headers['content-security-policy']).toBeDefined()
      expect(JSON.parse(body)).toMatchObject({ status: 400 })
    }
  })

  test('security headers on every answer, CORS on none', async () => {
    for (const path of [
      '/',
      '/api/v1/map',
      '/api/v1/nothing',
      '/nothing',
      '/metrics',
      '/api/openapi.json',
      '/assets/index-aB3dE5gH.js',
    ])
      for (const token of [TOKEN, null]) {
        const { headers } = await get(server, path, {}, token)
        expect(headers.get('content-security-policy'), path).toContain("default-src 'self'")
        expect(headers.get('content-security-policy')).toContain("worker-src 'self' blob:")
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('access-control-allow-origin')).toBeNull()
      }
    expect((await get(server, '/api/v1/status')).headers.get('cache-control')).toBe('no-store')
  })

  test('what is not HTTP is cut off and hurts nobody', async () => {
    const port = Number(new URL(server.url).port)
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n'))
      socket
        .on('close', () => resolve())
        .on('error', () => resolve())
        .resume()
    })
    expect((await get(server, '/healthz')).status).toBe(200)
  })

  test('unknown paths are problems', async () => {
    for (const path of [
      '/api/v1/nothing',
      '/api/v2/map',
      '/api/v1/map/x',
      '/nothing',
      '/assets/../../etc/passwd',
      '/..%2f..%2fetc/passwd',
    ])
      expectProblem(await get(server, path), 404, 'not-found')
  })
})

describe('parameters', () => {
  const bad: [string, Record<string, string>, string, RegExp][] = [
    ['/api/v1/map', { from: 'yesterday' }, 'from', /RFC 3339/],
    ['/api/v1/map', { to: 'now+5m' }, 'to', /now-15m/],
    ['/api/v1/map', { from: '2026-13-45T00:00:00Z' }, 'from', /RFC 3339/],
    ['/api/v1/map', { from: 'now', to: 'now-1h' }, 'from', /before/],
    ['/api/v1/map', { from: 'now', to: 'now' }, 'from', /before/],
    ['/api/v1/map', { to: '9999999999999999' }, 'to', /2100/],
    ['/api/v1/map', { group_by: 'colour' }, 'group_by', /service, process, node/],
    ['/api/v1/map', { self: 'maybe' }, 'self', /true, false/],
    ['/api/v1/map', { limit: '0' }, 'limit', />=1/],
    ['/api/v1/map', { limit: '-1' }, 'limit', />=1/],
    ['/api/v1/map', { limit: '20001' }, 'limit', /<=20000/],
    ['/api/v1/map', { limit: '1.5' }, 'limit', /int/],
    ['/api/v1/map', { limit: 'many' }, 'limit', /number/],
    ['/api/v1/map', { filter: 'server_service="a"' }, 'filter', /starts with \{/],
    ['/api/v1/map', { filter: '{colour="red"}' }, 'filter', /client_service/],
    ['/api/v1/map', { filter: '{server_service=~"("}' }, 'filter', /regular expression/],
    ['/api/v1/map', { filter: '{server_service=~"a)|(b"}' }, 'filter', /regular expression/],
    ['/api/v1/map', { filter: '{server_service!~"[z-a]"}' }, 'filter', /regular expression/],
    ['/api/v1/map', { filter: '{server_service=~`\\Qa`}' }, 'filter', /regular expression/],
    ['/api/v1/map', { filter: '{server_service=~`a\\`}' }, 'filter', /regular expression/],
    ['/api/v1/map', { filter: `{server_service="${'x'.repeat(4096)}"}` }, 'filter', /4096/],
    ['/api/v1/edges', { order: 'size' }, 'order', /bytes, connects/],
    ['/api/v1/edges', { limit: '10001' }, 'limit', /<=10000/],
    ['/api/v1/series', { step: '5' }, 'step', /10s, 1m, 1h/],
    ['/api/v1/series', { step: '0s' }, 'step', /above 0/],
    ['/api/v1/series', { step: '1s', from: 'now-7d' }, 'step', /11000 points/],
    ['/api/v1/flows', { limit: '10001' }, 'limit', /<=10000/],
    ['/api/v1/flows', { cursor: 'abc' }, 'cursor', /page before/],
    [
      '/api/v1/flows',
      { cursor: Buffer.from('[1,2,3,"18446744073709551616","0"]').toString('base64url') },
      'cursor',
      /page before/,
    ],
    ['/api/v1/flows', { cursor: Buffer.from('[2,1,3,"1","0"]').toString('base64url') }, 'cursor', /page before/],
    ['/api/v1/values', {}, 'label', /missing/],
    ['/api/v1/values', { label: 'password' }, 'label', /client_service/],
    ['/api/v1/values', { label: 'transport', limit: '1001' }, 'limit', /<=1000/],
    ['/api/v1/values', { label: 'transport', prefix: 'x'.repeat(254) }, 'prefix', /253/],
    ['/api/v1/nodes', { from: 'x' }, 'from', /RFC 3339/],
    ['/api/v1/completeness', { to: 'x' }, 'to', /RFC 3339/],
  ]
  test.each(bad)('%s %j names %s', async (path, parameters, name, says) => {
    const problem = expectProblem(await get(server, path, parameters), 400, 'bad-parameter')
    expect(problem.parameter).toBe(name)
    expect(problem.detail).toMatch(says)
  })

  test.each(paths)('%s: one that is unknown is named, and the known ones listed', async (path) => {
    const problem = expectProblem(
      await get(server, path, { ...required[path], fron: 'now-1h' }),
      400,
      'unknown-parameter',
    )
    expect(problem.parameter).toBe('fron')
    expect(problem.detail).toMatch(path === '/api/v1/status' ? /no parameters/ : /allowed are .*from/)
  })

  test('one given twice is named', async () => {
    const { status, body } = await raw('/api/v1/map?limit=1&limit=2')
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ code: 'bad-parameter', parameter: 'limit' })
  })

  test.each(paths.filter((p) => p !== '/api/v1/status'))(
    '%s over the widest range, and in years without data',
    async (path) => {
      for (const range of [
        { from: '0', to: '4102444800000' },
        { from: '0', to: '1' },
        { from: '4102444799999', to: '4102444800000' },
      ]) {
        const { status, body } = await get(server, path, { ...required[path], ...range })
        expect(status, JSON.stringify(body)).toBe(200)
      }
    },
  )

  test('names of JavaScript are only names', async () => {
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect((await get(server, '/api/v1/map', { [name]: '1' })).status).toBe(400)
  })

  test('times in every form', async () => {
    const iso = (ms: number) => new Date(ms).toISOString()
    for (const [from, to] of [
      ['now-1h', 'now'],
      [iso(now - 9000), iso(now)],
      [String(now - 9000), String(now)],
      ['now-90s', 'now-10ms'],
    ])
      expect((await get(server, '/api/v1/edges', { from: from as string, to: to as string })).status).toBe(200)
  })
})

describe('hostile text', () => {
  const texts = [
    "' OR 1=1 --",
    "'; DROP TABLE flows; --",
    "\\'; DROP TABLE flows; --",
    '{p0:String}',
    '\\',
    '%27%20OR%201%3D1',
    "a' UNION ALL SELECT password FROM system.users --",
    '\u0007\u{1f600}\ttab\nline',
    '$' + '{1+1}',
    "') OR startsWith('', '",
  ]
  const count = async () => (await store.query.query<{ n: number[] }>('SELECT count() AS n FROM flows')).columns.n[0]

  test.each(texts)('%j is only a value', async (text) => {
    const before = await count()
    const quoted = JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, '\\u$1')
    for (const [path, parameters] of [
      ['/api/v1/map', { filter: `{server_service=${quoted}}` }],
      ['/api/v1/edges', { filter: `{client_process=${quoted},server_port=${quoted}}` }],
      ['/api/v1/series', { filter: `{service=${quoted}}` }],
      ['/api/v1/flows', { filter: `{transport=${quoted}}` }],
      ['/api/v1/values', { label: 'server_service', prefix: text }],
    ] as const) {
      const { status, body } = await get<Record<string, unknown[]>>(server, path, parameters)
      expect(status, JSON.stringify(body)).toBe(200)
      expect((body.edges ?? body.flows ?? body.values ?? []).length, path).toBe(0)
    }
    expect(await count()).toBe(before)
  })

  test.each(texts)('%j as a pattern and as any parameter fails cleanly or finds nothing', async (text) => {
    const { status } = await get(server, '/api/v1/map', { filter: `{server_service=~${JSON.stringify(text)}}` })
    expect([200, 400]).toContain(status)
    for (const name of ['from', 'to', 'filter', 'self', 'group_by', 'limit'])
      expect((await get(server, '/api/v1/map', { [name]: text })).status, name).toBe(400)
  })

  test('a label is never SQL', async () => {
    for (const filter of ['{server_service OR 1=1="x"}', '{1="x"}', '{server_service`="x"}', '{local_ip="x"}'])
      expectProblem(await get(server, '/api/v1/map', { filter }), 400, 'bad-parameter')
  })
})

describe('console', () => {
  test('index is asked for again, hashed assets never', async () => {
    const index = await get<string>(server, '/', {}, null)
    expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(index.headers.get('cache-control')).toBe('no-cache')
    expect(index.body).toContain('<script')
    const asset = await get<string>(server, '/assets/index-aB3dE5gH.js', {}, null)
    expect(asset.headers.get('cache-control')).toMatch(/immutable/)
    expect(asset.headers.get('content-encoding')).toBe('gzip')
    expect(asset.body).toContain('console.log(1)')
  })

  test('files stay served after the folder is gone', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'headwater-console-'))
    writeFileSync(join(dir, 'index.html'), 'hello')
    const own = testServer(store.query, { consoleDir: dir })
    await own.start()
    rmSync(dir, { recursive: true })
    try {
      expect((await get(own, '/')).body).toBe('hello')
    } finally {
      await own.stop()
    }
  })

  test('where it is not built, a page says how', async () => {
    const own = testServer(store.query, { consoleDir: join(folder, 'nothing') })
    await own.start()
    try {
      expect((await get<string>(own, '/')).body).toMatch(/npm run build/)
    } finally {
      await own.stop()
    }
  })
})

describe('metrics', () => {
  test('requests by route and status, queries, the process, and the parts', async () => {
    await get(server, '/api/v1/edges')
    await get(server, '/api/v1/edges', { limit: 'x' })
    await get(server, '/no/such/path')
    const { headers, body } = await get<string>(server, '/metrics')
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(body).toMatch(/headwater_query_http_requests_total\{route="\/api\/v1\/edges",status="200"\} [1-9]/)
    expect(body).toMatch(/headwater_query_http_requests_total\{route="\/api\/v1\/edges",status="400"\} [1-9]/)
    expect(body).not.toContain('/no/such/path')
    expect(body).toMatch(/headwater_query_store_query_seconds_count\{query="edges"\} [1-9]/)
    expect(body).toMatch(/headwater_query_store_rows_read_total\{query="edges"\} [1-9]/)
    expect(body).toMatch(/headwater_query_http_requests_in_flight 1\n/)
    expect(body).toMatch(/headwater_query_process_cpu_seconds_total/)
    expect(body).toMatch(/^part_up 1$/m)
  })

  test('a part that fails is left out and counted', async () => {
    const own = testServer(store.query, { metrics: [() => Promise.reject(new Error('no')), async () => 'other 1\n'] })
    await own.start()
    try {
      await get(own, '/metrics')
      const { status, body } = await get<string>(own, '/metrics')
      expect(status).toBe(200)
      expect(body).toContain('headwater_query_metrics_provider_errors_total 2')
      expect(body).toContain('other 1')
    } finally {
      await own.stop()
    }
  })
})

describe('limits and faults', () => {
  test('port taken: which, and how to choose another', async () => {
    const port = Number(new URL(server.url).port)
    const second = testServer(store.query, { port })
    const error = await second.start().catch((e) => e)
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`127.0.0.1:${port}`),
      fix: expect.stringMatching(/--listen.*HEADWATER_LISTEN/),
    })
    await second.stop()
    expect((await get(server, '/healthz')).status).toBe(200)
  })

  test('an address that is not here', async () => {
    const error = await testServer(store.query, { host: '203.0.113.9' })
      .start()
      .catch((e) => e)
    expect(error).toMatchObject({ code: 'address-not-here' })
  })

  test('more queries at once than allowed are turned away, and room is given back', async () => {
    const own = testServer(store.query, { limits: { concurrentRequests: 1 } })
    await own.start()
    try {
      const answers = await Promise.all(Array.from({ length: 6 }, () => get(own, '/api/v1/map')))
      const statuses = answers.map((a) => a.status)
      expect(statuses).toContain(200)
      const refused = answers.find((a) => a.status === 429)
      expect(refused?.headers.get('retry-after')).toBe('1')
      expect((await get(own, '/api/v1/map')).status).toBe(200)
      expect((await get(own, '/api/v1/map', { limit: 0 })).status).toBe(400)
      expect((await get(own, '/api/v1/map')).status).toBe(200)
    } finally {
      await own.stop()
    }
  })

  test('a query that takes too long says what to do', async () => {
    const own = testServer(store.query, { limits: { queryTimeoutMs: 1 } })
    await own.start()
    try {
      const answer = await get(own, '/api/v1/map', { group_by: 'process' })
      const problem = expectProblem(answer, 504, 'query-timeout')
      expect(problem.detail).toMatch(/shorter range/)
    } finally {
      await own.stop()
    }
  })

  test('status is what the program says', async () => {
    statusSchema.parse((await get(server, '/api/v1/status')).body)
    const own = testServer(store.query, { status: () => Promise.reject(new Error('secret detail')) })
    await own.start()
    try {
      const problem = expectProblem(await get(own, '/api/v1/status'), 500, 'internal')
      expect(JSON.stringify(problem)).not.toContain('secret')
    } finally {
      await own.stop()
    }
  })

  test('stop and start again; stop twice', async () => {
    const own = testServer(store.query)
    await own.start()
    await own.stop()
    await own.stop()
    await own.start()
    expect((await get(own, '/healthz')).status).toBe(200)
    await own.stop()
  })
})

test('a store that is gone is 503 everywhere but where it is not needed', async () => {
  const own = await startTestStore()
  const lonely = testServer(own.query)
  await lonely.start()
  try {
    expect((await get(lonely, '/readyz')).status).toBe(200)
    await own.store.server?.stop()
    for (const path of ['/readyz', ...paths.filter((p) => p !== '/api/v1/status')]) {
      const problem = expectProblem(await get(lonely, path, required[path]), 503, 'store-unavailable')
      expect(problem.detail).toMatch(/doctor/)
    }
    for (const path of ['/healthz', '/metrics', '/api/v1/status', '/'])
      expect((await get(lonely, path)).status).toBe(200)
  } finally {
    await lonely.stop()
    await own.stop()
  }
})
