// A server that counts: server.mjs HOST [HOST...]. Prints its ports as a JSON array, then answers.
// Request: u32 its length, u32 length of the answer, u32 1 to keep the connection open; then filler. Ends with its stdin.
import { once } from 'node:events'
import { createServer } from 'node:net'

const HEAD = 12

const ports = []
for (const host of process.argv.slice(2)) {
  const server = createServer((socket) => {
    let head = Buffer.alloc(0)
    let received = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk.length
      if (head.length < HEAD) head = Buffer.concat([head, chunk]).subarray(0, HEAD)
      if (head.length < HEAD || received < head.readUInt32BE(0)) return
      const answer = Buffer.alloc(head.readUInt32BE(4), 0x61)
      if (head.readUInt32BE(8) === 1) socket.write(answer)
      else socket.end(answer)
    })
  })
  server.listen({ host, port: 0, backlog: 1024, ipv6Only: false })
  await once(server, 'listening')
  ports.push(server.address().port)
}
process.stdout.write(`${JSON.stringify(ports)}\n`)
process.stdin.resume()
process.stdin.once('end', () => process.exit(0))
