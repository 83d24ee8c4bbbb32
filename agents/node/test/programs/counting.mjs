// Serves and asks, and counts what each connection carried by itself: does what its parent tells it.
// Wire: u32 length of what follows, u32 length of the answer, high bit: the connection stays open; then so many bytes.
import { connect, createServer } from 'node:net'
import { obey } from './obey.mjs'

const HOLD = 0x80000000
const HEADER = 8
/** Ends of connections: of those that were accepted, and of those that were opened. */
const accepted = new Map()
const held = []
let next = 1

const plain = (address) => address?.replace(/^::ffff:/, '')
const end = (socket) => ({
  local: `${plain(socket.localAddress)}:${socket.localPort}`,
  remote: `${plain(socket.remoteAddress)}:${socket.remotePort}`,
  sent: 0,
  received: 0,
  closed: false,
})

function serve(socket) {
  const counts = end(socket)
  let pending = Buffer.alloc(0)
  accepted.set(next++, counts)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    counts.closed = true
  })
  socket.on('data', (chunk) => {
    counts.received += chunk.length
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    while (pending.length >= HEADER && pending.length >= HEADER + pending.readUInt32LE(0)) {
      const answer = pending.readUInt32LE(4)
      pending = pending.subarray(HEADER + pending.readUInt32LE(0))
      counts.sent += answer & ~HOLD
      socket.write(Buffer.alloc(answer & ~HOLD, 's'))
      if (!(answer & HOLD)) socket.end()
    }
  })
}

const opened = (host, port) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true }, () => resolve(socket))
    socket.once('error', reject)
  })

function message(length, answer, hold) {
  const bytes = Buffer.alloc(HEADER + length, 'c')
  bytes.writeUInt32LE(length, 0)
  bytes.writeUInt32LE((hold ? answer | HOLD : answer) >>> 0, 4)
  return bytes
}

/** One question and its answer; who closes first differs by number. */
async function one(host, port, i) {
  const socket = await opened(host, port)
  const counts = end(socket)
  const [length, answer] = [(i * 7919) % 3000, (i * 104729) % 6000]
  const bytes = message(length, answer, false)
  socket.on('data', (chunk) => {
    counts.received += chunk.length
  })
  const closed = new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
  socket.once('end', () => socket.end())
  counts.sent = bytes.length
  if (i % 3 === 0) socket.end(bytes)
  else socket.write(bytes)
  await closed
  if (counts.received !== answer) throw new Error(`${counts.received} bytes of ${answer} came`)
  return counts
}

const ops = {
  title: ({ title }) => {
    process.title = title
  },
  serve: ({ host, port = 0, reusePort, backlog = 511 }) =>
    new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, serve)
      server.once('error', reject)
      server.listen({ host, port, backlog, reusePort }, () => resolve(server.address().port))
    }),
  /** Ends of accepted connections; those that are closed are told of once. */
  accepted: () => {
    const told = [...accepted.values()]
    for (const [id, counts] of accepted) if (counts.closed) accepted.delete(id)
    return told
  },
  async short({ host, port, count, width = 10 }) {
    const told = []
    let i = 0
    const lane = async () => {
      while (i < count) told.push(await one(host, port, i++))
    }
    await Promise.all(Array.from({ length: width }, lane))
    return told
  },
  async hold({ host, port, count }) {
    for (let i = 0; i < count; i++) {
      const socket = await opened(host, port)
      const counts = end(socket)
      socket.on('data', (chunk) => {
        counts.received += chunk.length
      })
      held.push({ socket, counts, due: 0 })
    }
  },
  /** A question on each connection that is held; connection i sends `length` + i bytes, and gets `answer` + i. */
  async exchange({ length, answer }) {
    await Promise.all(
      held.map(async (each, i) => {
        const bytes = message(length + i, answer + i, true)
        each.counts.sent += bytes.length
        each.due += answer + i
        each.socket.write(bytes)
        while (each.counts.received < each.due) await new Promise((resolve) => each.socket.once('data', resolve))
      }),
    )
  },
  held: () => held.map(({ counts }) => counts),
  /** Closes the first `count` of those that are held; gives what they carried. */
  async release({ count = held.length }) {
    const ended = held.splice(0, count)
    // The server, which was told that it stays open, ends its half when this one is closed.
    const closed = ended.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)))
    for (const { socket } of ended) socket.once('end', () => socket.end()).end(message(0, 0, false))
    for (const { counts } of ended) counts.sent += HEADER
    await Promise.all(closed)
    return ended.map(({ counts }) => counts)
  },
}

process.on('disconnect', () => process.exit())
obey(ops)
