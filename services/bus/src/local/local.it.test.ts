import { chmod, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { BusError, MAX_MESSAGE_BYTES } from '@headwater/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { busContract } from '../../test/contract.suite.js'
import { recordingLogger, silentLogger, TestMessages, until } from '../../test/support.js'
import { createLocalConsumer, type LocalConsumerOptions } from './consumer.js'
import { createLocalProducer } from './producer.js'

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'headwater-bus-'))

busContract('local', async () => {
  const folder = await makeFolder()
  const options = { socketPath: join(folder, 'run', 'bus.sock'), logger: silentLogger }
  return {
    producer: () => createLocalProducer(options),
    consumer: () => createLocalConsumer(options),
    close: () => rm(folder, { recursive: true }),
  }
})

describe('the local bus', () => {
  let folder: string
  let socketPath: string
  const ends: { stop(): Promise<void> }[] = []
  beforeEach(async () => {
    folder = await makeFolder()
    socketPath = join(folder, 'bus.sock')
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end.stop()
    await rm(folder, { recursive: true })
  })

  function consumer(options: Partial<LocalConsumerOptions> = {}) {
    const made = createLocalConsumer({ socketPath, logger: silentLogger, ...options })
    ends.unshift(made)
    return made
  }
  async function producer(options = {}) {
    const made = createLocalProducer({ socketPath, logger: silentLogger, retryForMs: 0, ...options })
    ends.unshift(made)
    await made.start()
    return made
  }

  /** A raw request. @returns status, headers and body of the answer */
  function raw(path: string, headers: Record<string, string | number>, body = Buffer.alloc(0), method = 'POST') {
    return new Promise<{ status: number; retryAfter: string | undefined; body: string }>((resolve, reject) => {
      const sent = request({ socketPath, path, method, headers }, async (response) => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body: text })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
  const head = { 'headwater-key': Buffer.from('k').toString('base64url'), 'headwater-headers': 'e30' }

  it('resolves a publish only when the handler has', async () => {
    const test = new TestMessages()
    let durable = false
    await consumer().start(
      test.handler(async () => {
        await wait(200)
        durable = true
      }),
    )
    await (await producer()).publish([test.make('a', '0')])
    expect(durable).toBe(true)
  })

  it('says how many messages wait, and since when', async () => {
    const test = new TestMessages()
    const gate = Promise.withResolvers<void>()
    const reader = consumer()
    expect(reader.lags()).toEqual([])
    await reader.start(test.handler(() => gate.promise))
    // Each sends one at a time.
    const sent = ['0', '1', '2'].map(async (n) => (await producer()).publish([test.make('a', n)]))
    await until('three wait', () => reader.lags()[0]?.messages === 3)
    await wait(20)
    const [lag] = reader.lags()
    expect(lag).toMatchObject({ topic: test.make('a', '3').topic, partitions: [{ partition: 0, messages: 3 }] })
    expect(lag?.seconds).toBeGreaterThan(0)
    gate.resolve()
    await Promise.all(sent)
    const none = { messages: 0, seconds: 0 }
    expect(reader.lags()).toEqual([{ topic: lag?.topic, ...none, partitions: [{ partition: 0, ...none }] }])
  })

  it('makes the socket for its user alone, whatever the umask, and removes it at the end', async () => {
    const before = process.umask(0)
    try {
      const made = consumer()
      await made.start(async () => undefined)
      expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
      expect(await readdir(folder)).toEqual(['bus.sock'])
      await made.stop()
      expect(await readdir(folder)).toEqual([])
    } finally {
      process.umask(before)
    }
  })

  it('takes over a socket that nobody answers on, and no other', async () => {
    const dead = createServer().listen(join(folder, 'dead'))
    await until('listening', () => dead.listening)
    await rename(join(folder, 'dead'), socketPath)
    await new Promise((resolve) => dead.close(resolve))
    expect((await stat(socketPath)).isSocket()).toBe(true)
    const first = consumer()
    await first.start(async () => undefined)
    await expect(consumer().start(async () => undefined)).rejects.toMatchObject({ code: 'bus.socket-in-use' })
    const test = new TestMessages()
    await (await producer()).publish([test.make('a', '0')])
    await first.stop()
    await writeFile(socketPath, 'a file')
    await expect(consumer().start(async () => undefined)).rejects.toMatchObject({ code: 'bus.socket-unusable' })
    await expect(
      consumer({ socketPath: join(folder, 'x'.repeat(120)) }).start(async () => undefined),
    ).rejects.toMatchObject({ code: 'bus.socket-path-too-long' })
  })

  it('refuses what it has no room for with Retry-After', async () => {
    const test = new TestMessages()
    let open = (): void => undefined
    const held = new Promise<void>((resolve) => {
      open = resolve
    })
    const made = consumer({ maxRequests: 2, maxBytes: 1000 })
    await made.start(test.handler(() => held))
    const one = (await producer()).publish([test.make('a', new Uint8Array(600))])
    await wait(50)
    const full = { code: 'backpressure', retryable: true, options: { retryAfterMs: 200 } }
    await expect((await producer()).publish([test.make('b', new Uint8Array(600))])).rejects.toMatchObject(full)
    const two = (await producer()).publish([test.make('c', 'small')])
    await wait(50)
    const answer = await raw('/v1/topics/headwater.flows.v1', { ...head, 'content-length': 1 }, Buffer.from('x'))
    expect(answer).toMatchObject({ status: 503, retryAfter: '1' })
    open()
    await Promise.all([one, two])
    expect(made.counters()).toMatchObject({ messages: 2, rejected: { backpressure: 2 } })
  })

  it('says what is wrong with a request', async () => {
    await consumer({ maxMessageBytes: 100 }).start(async () => undefined)
    const path = '/v1/topics/headwater.flows.v1'
    const code = async (...args: Parameters<typeof raw>) => {
      const { status, body } = await raw(...args)
      return [status, JSON.parse(body).code]
    }
    expect(await code('/v1/topics/other', { ...head, 'content-length': 0 })).toEqual([400, 'misconfigured'])
    expect(await code('/', { ...head, 'content-length': 0 })).toEqual([400, 'misconfigured'])
    expect(await code(path, { 'content-length': 0 })).toEqual([400, 'misconfigured'])
    expect(await code(path, { ...head, 'headwater-headers': 'bm8', 'content-length': 0 })).toEqual([
      400,
      'misconfigured',
    ])
    expect(await code(path, { ...head, 'headwater-headers': 'eyJhIjoxfQ', 'content-length': 0 })).toEqual([
      400,
      'misconfigured',
    ])
    expect(await code(path, { ...head, 'content-length': 101 }, Buffer.alloc(101))).toEqual([413, 'too-large'])
    expect(await code(path, { ...head, 'transfer-encoding': 'chunked' }, Buffer.alloc(5))).toEqual([
      400,
      'misconfigured',
    ])
    expect(await code(path, { ...head, 'content-length': 0 }, Buffer.alloc(0), 'PUT')).toEqual([405, 'misconfigured'])
    const big = MAX_MESSAGE_BYTES + 1
    expect(await code(path, { ...head, 'content-length': big }, Buffer.alloc(big))).toEqual([413, 'too-large'])
    const long = { 'headwater-key': 'k'.repeat(20_000) }
    await expect(raw(path, { ...head, ...long, 'content-length': 0 })).resolves.toMatchObject({ status: 431 })
  })

  it('refuses a key that no HTTP head holds', async () => {
    await consumer().start(async () => undefined)
    const test = new TestMessages()
    await expect((await producer()).publish([test.make('k'.repeat(9000), '0')])).rejects.toMatchObject({
      code: 'too-large',
    })
  })

  it('says once that ingest is away and once that it is back', async () => {
    const logger = recordingLogger()
    const test = new TestMessages()
    const bus = await producer({ logger, retryForMs: 30_000 })
    const published = bus.publish([test.make('a', '0'), test.make('a', '1')])
    await wait(500)
    await consumer().start(test.handler())
    await published
    expect(logger.lines.filter((l) => l.includes('not reachable'))).toHaveLength(1)
    expect(logger.lines.filter((l) => l.includes('connected'))).toHaveLength(1)
  })

  it('says that the socket is not for this user', async () => {
    await consumer().start(async () => undefined)
    const bus = await producer()
    const root = process.geteuid?.() === 0
    if (root) process.seteuid?.(65_534)
    else await chmod(socketPath, 0)
    const failure = await bus.publish([new TestMessages().make('a', '0')]).catch((error: unknown) => error)
    if (root) process.seteuid?.(0)
    expect(failure).toBeInstanceOf(BusError)
    expect(failure).toMatchObject({ code: 'unauthorized', retryable: false })
  })

  it('gives up a publish under way when it stops, and says so', async () => {
    const bus = await producer({ retryForMs: 60_000 })
    const published = bus.publish([new TestMessages().make('a', '0')])
    const failure = expect(published).rejects.toMatchObject({ code: 'stopped' })
    await wait(100)
    await bus.stop()
    await failure
  })
})
