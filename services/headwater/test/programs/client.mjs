// A client that counts: client.mjs PLAN, a JSON array of {host, port, request, answer, keep}; port of nobody: a refused attempt.
// Prints a JSON array of {port, localPort, sent, received, error}, keeps what is to be kept, and ends with its stdin.
import { connect } from 'node:net'

const plan = JSON.parse(process.argv[2])

function open({ host, port, request, answer, keep }) {
  return new Promise((resolve) => {
    let localPort = 0
    let received = 0
    const done = (error = '') => resolve({ port, localPort, sent: error === '' ? request : 0, received, error })
    const socket = connect({ host, port, noDelay: true }, () => {
      localPort = socket.localPort
      const message = Buffer.alloc(request, 0x62)
      message.writeUInt32BE(request, 0)
      message.writeUInt32BE(answer, 4)
      message.writeUInt32BE(keep ? 1 : 0, 8)
      socket.write(message)
    })
    socket.on('data', (chunk) => {
      received += chunk.length
      if (keep && received === answer) done()
    })
    socket.on('error', (error) => done(error.code))
    // Both ends have said that they are done: a graceful close.
    socket.on('close', () => done())
  })
}

const results = []
const AT_ONCE = 20
for (let i = 0; i < plan.length; i += AT_ONCE) {
  results.push(...(await Promise.all(plan.slice(i, i + AT_ONCE).map(open))))
}
process.stdout.write(`${JSON.stringify(results)}\n`)
process.stdin.resume()
process.stdin.once('end', () => process.exit(0))
