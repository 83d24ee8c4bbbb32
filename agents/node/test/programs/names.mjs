// A name server whose answers are in the names asked for, and who asks them: does what its parent tells it.
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { obey } from './obey.mjs'

const labelsOf = (message) => {
  const labels = []
  let at = 12
  while (message[at] > 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]))
    at += message[at] + 1
  }
  return { labels, end: at + 5 }
}

const record = (type, data) => {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length])
  return Buffer.concat([head, data])
}

/** An answer: the question, with flags, and records behind it. */
function answer(query, end, { rcode = 0, truncated = false, records = [] }) {
  const head = Buffer.from(query.subarray(0, end))
  head.writeUInt16BE(0x8180 | (truncated ? 0x200 : 0) | rcode, 2)
  head.writeUInt16BE(records.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(0, 10)
  return Buffer.concat([head, ...records])
}

const V4 = record(1, Buffer.from([192, 0, 2, 7]))
const V6 = record(28, Buffer.from('20010db8000000000000000000000007', 'hex'))
const seen = {}

function serve(socket, query, { port, address }) {
  const { labels, end } = labelsOf(query)
  const [what] = labels
  const type = query.readUInt16BE(end - 4)
  seen[what] = (seen[what] ?? 0) + 1
  const send = (message) => socket.send(message, port, address)
  const ok = answer(query, end, { records: [type === 28 ? V6 : V4] })
  if (what === 'nx') send(answer(query, end, { rcode: 3 }))
  else if (what === 'fail') send(answer(query, end, { rcode: 2 }))
  else if (what === 'slow') setTimeout(() => send(ok), 300)
  else if (what === 'lost') return
  else if (what === 'cut') send(answer(query, end, { truncated: true }))
  else if (what === 'loop') {
    // The question's name points at itself.
    const looped = Buffer.concat([query.subarray(0, 12), Buffer.from([0xc0, 12]), query.subarray(end - 4, end)])
    looped.writeUInt16BE(0x8180, 2)
    send(looped)
    send(ok)
  } else if (what === 'short') {
    send(query.subarray(0, 5))
    send(ok)
  } else if (what === 'other') {
    const other = Buffer.from(ok)
    other[13] ^= 1
    send(other)
    send(ok)
  } else send(ok)
}

const ops = {
  serve: ({ address, port }) =>
    new Promise((resolve) => {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
      socket.on('message', (query, from) => serve(socket, query, from))
      socket.bind(port, address, resolve)
    }),
  seen: () => seen,
  /** What the resolver made of it: addresses, or an error's code; and how long it took in ms. */
  async ask({ server, name, type = 'A', timeout = 2000, tries = 1 }) {
    const resolver = new Resolver({ timeout, tries })
    resolver.setServers([server])
    const began = performance.now()
    const result = await (type === 'AAAA' ? resolver.resolve6(name) : resolver.resolve4(name)).catch((e) => e.code)
    return { result, ms: performance.now() - began }
  },
}

/** Asks once by a socket that stays for a while, whatever comes: resolvers close theirs at the first bad answer. */
ops.raw = ({ server, name }) =>
  new Promise((resolve) => {
    const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
    const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    const query = Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])])
    const socket = createSocket('udp4')
    let answers = 0
    socket.on('message', () => answers++)
    socket.send(query, 53, server)
    setTimeout(() => socket.close(() => resolve(answers)), 500)
  })

obey(ops)
