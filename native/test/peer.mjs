// A process with sockets, told by messages what to do with them. Run by peers.ts.
import { spawnSync } from 'node:child_process'
import net from 'node:net'

const servers = new Map()
const sockets = new Map()
let next = 1

const ops = {
  title({ title }) {
    process.title = title
  },
  /** In a new network namespace even loopback is down. */
  loopback() {
    const { status, stderr } = spawnSync('ip', ['link', 'set', 'lo', 'up'], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  },
  /** A network where `neighbour` swallows what is sent to it: the other end of the wire is not it. */
  void({ address, neighbour }) {
    for (const command of [
      'link add void0 type veth peer name void1',
      `addr add ${address} dev void0`,
      'link set void0 up',
      'link set void1 up',
      `neigh add ${neighbour} lladdr 02:00:00:00:00:09 dev void0`,
    ]) {
      const { status, stderr } = spawnSync('ip', command.split(' '), { encoding: 'utf8' })
      if (status !== 0) throw new Error(`ip ${command}: ${stderr}`)
    }
  },
  /** Answers what it reads to the end with `reply` bytes, then closes; `hold` keeps connections open and silent. */
  listen({ host, port = 0, reply = 0, hold = false, backlog, ipv6Only, reusePort }) {
    return new Promise((resolve, reject) => {
      const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: hold }, (socket) => {
        const id = next++
        sockets.set(id, socket)
        socket.on('error', () => undefined)
        if (hold) return
        socket.resume()
        socket.on('end', () => socket.end(Buffer.alloc(reply, 's')))
      })
      server.on('error', reject)
      server.listen({ host, port, backlog, ipv6Only, reusePort }, () => {
        const id = next++
        servers.set(id, server)
        resolve({ id, port: server.address().port })
      })
    })
  },
  unlisten({ id }) {
    servers.get(id)?.close()
  },
  handOver({ id }) {
    return servers.get(id)
  },
  /** The sockets accepted so far. */
  accepted() {
    return [...sockets.keys()]
  },
  /** `count` connections, `parallel` at a time: sends `send` bytes, reads to the end. Gives the bytes read in sum. */
  async request({ host, port, send = 0, count = 1, parallel = 16 }) {
    let left = count
    let received = 0
    const one = () =>
      new Promise((resolve, reject) => {
        const socket = net.connect({ host, port, allowHalfOpen: true }, () => socket.end(Buffer.alloc(send, 'c')))
        socket.on('data', (data) => {
          received += data.length
        })
        socket.on('close', resolve)
        socket.on('error', reject)
      })
    const lane = async () => {
      while (left-- > 0) await one()
    }
    await Promise.all(Array.from({ length: Math.min(parallel, count) }, lane))
    return received
  },
  /** A socket connected to itself: it asks at its own port. Gives the port. */
  async itself({ host, bytes }) {
    const { id, port } = await ops.listen({ host })
    await new Promise((resolve) => servers.get(id).close(resolve))
    await new Promise((resolve, reject) => {
      const socket = net.connect({ host, port, localPort: port, localAddress: host }, () =>
        socket.end(Buffer.alloc(bytes)),
      )
      socket.resume()
      socket.on('error', reject)
      socket.on('close', resolve)
    })
    return port
  },
  /** The error code of a connection that is expected to fail. */
  fail({ host, port }) {
    return new Promise((resolve) => {
      const socket = net.connect({ host, port })
      socket.on('error', (error) => resolve(error.code))
      socket.on('connect', () => {
        socket.destroy()
        resolve('connected')
      })
    })
  },
  /** Gives up a connection after `ms`. */
  abandon({ host, port, ms }) {
    return new Promise((resolve) => {
      const socket = net.connect({ host, port })
      socket.on('error', (error) => resolve(error.code))
      socket.on('close', () => resolve('abandoned'))
      setTimeout(() => socket.destroy(), ms)
    })
  },
  open({ host, port }) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host, port }, () => {
        const id = next++
        sockets.set(id, socket)
        resolve({ id, port: socket.localPort })
      })
      socket.on('error', reject)
    })
  },
  /** Connects, sends a byte, and waits for an answer; the connection stays open. */
  ask({ host, port }) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host, port }, () => socket.write('?'))
      socket.once('data', (data) => {
        const id = next++
        sockets.set(id, socket)
        resolve({ id, port: socket.localPort, text: data.toString() })
      })
      socket.on('error', reject)
    })
  },
  /** Begins connections and does not wait for them. */
  begin({ host, port, count }) {
    for (let i = 0; i < count; i++) {
      const socket = net.connect({ host, port })
      socket.on('error', () => undefined)
      sockets.set(next++, socket)
    }
  },
  write({ id, bytes }) {
    return new Promise((resolve) => sockets.get(id).write(Buffer.alloc(bytes, 'w'), () => resolve()))
  },
  /** SO_LINGER 0 and close: the kernel sends a reset. */
  reset({ id }) {
    sockets.get(id).resetAndDestroy()
  },
  destroy({ id }) {
    sockets.get(id).destroy()
  },
}

process.on('disconnect', () => process.exit())
process.on('message', async ({ call, op, ...options }) => {
  try {
    const result = await ops[op](options)
    if (result instanceof net.Server) process.send({ call }, result)
    else process.send({ call, result })
  } catch (error) {
    process.send({ call, error: error.message })
  }
})
process.send({ ready: true })
