// The program of every service of the lab. What it does comes from the lab over the IPC channel; it ends with that channel.
import type { Order, Reply } from './messages.js'
import { Service } from './service.js'

let service: Service | undefined

async function carryOut(order: Order): Promise<Partial<Reply>> {
  if (order.type === 'start') {
    service = new Service(order.spec)
    await service.start()
    return {}
  }
  if (service === undefined) throw new Error('not started')
  if (order.type === 'manner') await service.manner(order.manner)
  else if (order.type === 'call') service.change(order.server, order.change)
  else if (order.type === 'load') service.load(order.running)
  else return { counts: service.counts() }
  return {}
}

// Ctrl-C in the terminal is for the lab, which ends its services.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit(0))
process.on('message', (order: Order) => {
  carryOut(order)
    .catch((error: Error) => ({ error: error.message }))
    .then((reply) => process.send?.({ id: order.id, ...reply } satisfies Reply))
})
