// The lab's DNS server. Names and orders come from the lab over the IPC channel, with which it ends.
import type { DnsOrder, DnsReply } from './messages.js'
import { DnsServer } from './server.js'

let server: DnsServer | undefined

async function carryOut(order: DnsOrder): Promise<Partial<DnsReply>> {
  if (order.type === 'start') {
    server = new DnsServer(order.zone)
    await server.start(order.address)
    return {}
  }
  if (server === undefined) throw new Error('not started')
  if (order.type === 'count') return { names: server.counts() }
  server.become(order.manner)
  return {}
}

process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit(0))
process.on('message', (order: DnsOrder) => {
  carryOut(order)
    .catch((error: Error) => ({ error: error.message }))
    .then((reply) => process.send?.({ id: order.id, ...reply } satisfies DnsReply))
})
