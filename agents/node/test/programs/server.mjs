// Answers messages of 8 bytes (length to come and length to answer, u32 each) plus payload; the high bit of the second says: stay open.
import { createServer } from 'node:net'

const HOLD = 0x80000000
const [host] = process.argv.slice(2)

const server = createServer((socket) => {
  let pending = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    while (pending.length >= 8) {
      const length = pending.readUInt32LE(0)
      const answer = pending.readUInt32LE(4)
      if (pending.length < 8 + length) return
      pending = pending.subarray(8 + length)
      socket.write(Buffer.alloc(answer & ~HOLD, 0x53))
      if ((answer & HOLD) === 0) socket.end()
    }
  })
})
server.listen({ port: 0, host, backlog: 511 }, () => console.log(JSON.stringify({ port: server.address().port })))
process.stdin.on('end', () => process.exit(0)).resume()
