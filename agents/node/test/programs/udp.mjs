// One end of UDP traffic: does what its parent tells it, and counts what it sent and received itself.
import { createSocket } from 'node:dgram'
import { obey } from './obey.mjs'

const sockets = new Map()
const count = () => ({ sent: 0, sentBytes: 0, received: 0, receivedBytes: 0, errors: 0 })

function open({ id, type = 'udp4', echo = false, rcvbuf }) {
  const socket = createSocket({ type, ...(rcvbuf === undefined ? {} : { recvBufferSize: rcvbuf }) })
  const counts = count()
  sockets.set(id, { socket, counts })
  socket.on('error', () => counts.errors++)
  socket.on('message', (message, { port, address }) => {
    counts.received++
    counts.receivedBytes += message.length
    if (!echo) return
    counts.sent++
    counts.sentBytes += message.length
    socket.send(message, port, address)
  })
  return socket
}

const ops = {
  bind: (o) =>
    new Promise((resolve, reject) => {
      const socket = open(o)
      socket.once('error', reject)
      socket.bind(o.port ?? 0, o.address, () => resolve(socket.address().port))
    }),
  connect: (o) => new Promise((resolve) => open(o).connect(o.port, o.address, resolve)),
  /** `count` datagrams of `length` bytes and up, each `step` longer; one after the other. */
  async send({ id, count: n, length, step = 0, port, address }) {
    if (!sockets.has(id)) open({ id, type: address?.includes(':') ? 'udp6' : 'udp4' })
    const { socket, counts } = sockets.get(id)
    for (let i = 0; i < n; i++) {
      const bytes = Buffer.alloc(length + i * step, 120)
      const to = port === undefined ? [] : [port, address]
      const failed = await new Promise((resolve) => socket.send(bytes, ...to, resolve))
      if (failed) counts.errors++
      else {
        counts.sent++
        counts.sentBytes += bytes.length
      }
      // The answers of a queue's worth come before the next are sent: what is measured here is no loss.
      if (i % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return counts
  },
  counts: ({ id }) => sockets.get(id).counts,
  port: ({ id }) => sockets.get(id).socket.address().port,
  close: ({ id }) => new Promise((resolve) => sockets.get(id).socket.close(resolve)),
}

obey(ops)
