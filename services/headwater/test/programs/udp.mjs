// Two ends of UDP. `server ADDRESS PORT`: sends back what comes, and answers names on port 53.
// `client ADDRESS PORT COUNT BYTES`: sends, waits for all of it to come back, asks for two names; prints what it counted.
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'

const [role, address, port, count, bytes] = process.argv.slice(2)

/** An answer to a question: 192.0.2.7, or that there is no such name for one that begins with nx. */
function answer(query) {
  const end = query.indexOf(0, 12) + 5
  const known = query.toString('latin1', 13, 15) !== 'nx'
  const head = Buffer.from(query.subarray(0, end))
  head.writeUInt16BE(known ? 0x8180 : 0x8183, 2)
  head.writeUInt16BE(known ? 1 : 0, 6)
  head.writeUInt32BE(0, 8)
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])
  return known ? Buffer.concat([head, record]) : head
}

if (role === 'server') {
  const echo = createSocket('udp4')
  echo.on('message', (message, from) => echo.send(message, from.port, from.address))
  echo.bind(Number(port), address)
  const names = createSocket('udp4')
  names.on('message', (query, from) => names.send(answer(query), from.port, from.address))
  names.bind(53, address, () => console.log('ready'))
} else {
  const socket = createSocket('udp4')
  let back = 0
  socket.on('message', (message) => {
    back += message.length
  })
  for (let n = 0; n < Number(count); n++) {
    socket.send(Buffer.alloc(Number(bytes)), Number(port), address)
    if (n % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  while (back < Number(count) * Number(bytes)) await new Promise((resolve) => setTimeout(resolve, 20))
  const resolver = new Resolver({ timeout: 3000, tries: 1 })
  resolver.setServers([address])
  const names = [await resolver.resolve4('known.test'), await resolver.resolve4('nx.test').catch((e) => e.code)]
  console.log(JSON.stringify({ back, names }))
  setInterval(() => {}, 1000)
}
