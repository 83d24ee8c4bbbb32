// Reads one order per line on stdin, says on stdout when it is carried out.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const HOLD = 0x80000000
const held = []

function message(length, answer, hold) {
  const bytes = Buffer.alloc(8 + length, 0x43)
  bytes.writeUInt32LE(length, 0)
  bytes.writeUInt32LE(hold ? (answer | HOLD) >>> 0 : answer, 4)
  return bytes
}

const opened = (host, port) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    socket.setNoDelay(true)
    socket.once('connect', () => resolve(socket)).once('error', reject)
  })

const received = (socket, bytes) =>
  new Promise((resolve, reject) => {
    let left = bytes
    const take = (chunk) => {
      left -= chunk.length
      if (left > 0) return
      socket.off('data', take)
      resolve()
    }
    socket.on('data', take).once('error', reject)
    if (left === 0) resolve()
  })

async function short({ host, port, length, answer }) {
  const socket = await opened(host, port)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(message(length, answer, false))
  socket.resume()
  await closed
}

async function inTurns(count, width, make) {
  let next = 0
  const worker = async () => {
    while (next < count) await make(next++)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

const orders = {
  /** `count` connections; number i sends `length` + i % 7 bytes of payload and gets `answer` + i % 5. */
  short: ({ count, length, answer, ...to }) =>
    inTurns(count, 20, (i) => short({ ...to, length: length + (i % 7), answer: answer + (i % 5) })),
  hold: async ({ count, host, port }) => {
    for (let i = 0; i < count; i++) held.push(await opened(host, port))
  },
  exchange: ({ length, answer }) =>
    Promise.all(
      held.map((socket) => {
        const done = received(socket, answer)
        socket.write(message(length, answer, true))
        return done
      }),
    ),
  release: async () => {
    await Promise.all(
      held.splice(0).map((socket) => {
        socket.resume().end()
        return new Promise((resolve) => socket.once('close', resolve))
      }),
    )
  },
  fail: ({ count, host, port }) =>
    inTurns(count, 5, () =>
      opened(host, port).then(
        () => Promise.reject(new Error('connected')),
        () => {},
      ),
    ),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...rest } = JSON.parse(line)
  await orders[order](rest)
  console.log(JSON.stringify({ done: order }))
}
process.exit(0)
