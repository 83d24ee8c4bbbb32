import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { ApiClient } from './client.js'

let server: Server
afterEach(() => new Promise((resolve) => server.close(resolve)))

async function answering(status: number, body: string): Promise<ApiClient> {
  server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'token', 'the flags')
}

it('gives JSON', async () => {
  expect(await (await answering(200, '{"a":1}')).get('/')).toEqual({ a: 1 })
})

it.each([
  ['another server', 200, '<html>', 'api', /is no Headwater/],
  ['one that has no such path', 404, '<html>', 'api', /Not Found/],
  ['a wrong token', 401, '{}', 'unauthorized', /refuses the token/],
  ['a wrong parameter', 400, '{"parameter":"step","detail":"step: must be above 0"}', 'usage', /^step: must be/],
  ['a parameter that the detail does not name', 400, '{"parameter":"to","detail":"wrong"}', 'usage', /^to: wrong$/],
])('says so of %s', async (_, status, body, code, message) => {
  const api = await answering(status, body)
  await expect(api.get('/')).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})
