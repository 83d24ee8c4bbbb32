import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import type { ExcludeOptions } from '../src/exclude/exclusion.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { PortRows, testAgent } from './harness.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const BYTES = 70_000
const CONNECTIONS = 5

/** A server that reads all and answers with as much; resolves its port. */
async function listen() {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let got = 0
    socket.on('data', (data) => {
      got += data.length
    })
    socket.on('end', () => socket.end(Buffer.alloc(got)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

async function exchange(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end(Buffer.alloc(BYTES)))
  socket.resume()
  await once(socket, 'close')
}

/** What an agent tells of two servers and a datagram, where it leaves something out. */
async function observe(exclude: (ports: [number, number]) => ExcludeOptions) {
  const [one, two] = [await listen(), await listen()]
  const producer = new RecordingProducer()
  const agent = testAgent(producer, { exclude: exclude([one.port, two.port]) })
  await agent.start()
  for (let i = 0; i < CONNECTIONS; i++) await Promise.all([exchange(one.port), exchange(two.port)])
  const client = createSocket('udp4')
  await new Promise((resolve) => client.send('12345', one.port, '127.0.0.1', resolve))
  await agent.stop()
  client.close()
  one.server.close()
  two.server.close()
  const bytes = (port: number) =>
    new PortRows(producer, port).all.reduce((sum, r) => sum + Number(r.tx_bytes) + Number(r.rx_bytes), 0)
  return { producer, agent, bytes: [bytes(one.port), bytes(two.port)] as const }
}

/** Each end tells what it sent and received. */
const PAYLOAD = CONNECTIONS * BYTES * 4

test.skipIf(missing !== undefined)(
  'traffic of a port is left out, and counted to the byte; all else is told',
  { timeout: 60_000 },
  async () => {
    const { producer, agent, bytes } = await observe(([port]) => ({ ports: [String(port)] }))
    expect(bytes).toEqual([0, PAYLOAD])
    // The datagram's sender tells of it; nobody receives it.
    expect(agent.status().excluded.bytes).toBe(PAYLOAD + 5)
    expect(agent.status().excluded.rows).toBeGreaterThanOrEqual(2 * CONNECTIONS + 1)
    const last = producer.reports().at(-1)
    expect(last?.excluded).toEqual(agent.status().excluded)
    expect(producer.batches().every(({ meta }) => meta.excluded !== undefined)).toBe(true)
    // What is left out was never produced, so none of it is lost.
    const rows = producer.batches().reduce((sum, batch) => sum + batch.rows, 0)
    expect(last?.produced.rows).toBe(rows)
    expect(last?.dropped).toEqual({})
  },
)

test.skipIf(missing !== undefined).each<[string, ExcludeOptions]>([
  ['a range of addresses', { cidrs: ['127.0.0.0/8'] }],
  ['a process', { processes: [basename(process.execPath)] }],
])('traffic of %s is left out', { timeout: 60_000 }, async (_, exclude) => {
  const { agent, bytes } = await observe(() => exclude)
  expect(bytes).toEqual([0, 0])
  expect(agent.status().excluded.bytes).toBeGreaterThanOrEqual(2 * PAYLOAD + 5)
})

test('an agent that is told to leave out what is none says so', () => {
  expect(() => testAgent(new RecordingProducer(), { exclude: { cidrs: ['10.0.0.0/40'] } })).toThrow(
    'exclude.cidrs has "10.0.0.0/40"; allowed are addresses and ranges such as 10.0.0.0/8',
  )
})
