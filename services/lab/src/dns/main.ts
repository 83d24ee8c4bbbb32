// The lab's DNS server: answers for the names that the lab gives it over the IPC channel, with which it ends.
import { createSocket } from 'node:dgram'
import { answerTo } from './answer.js'
import type { Zone } from './zone.js'

export interface DnsStart {
  id: number
  address: string
  zone: Zone
}

process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit(0))
process.once('message', ({ id, address, zone }: DnsStart) => {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const answer = answerTo(query, zone)
    // Whoever asked may be gone.
    if (answer !== undefined) socket.send(answer, from.port, from.address, () => undefined)
  })
  socket.once('error', (error) => {
    process.send?.({ id, error: error.message }, () => process.exit(1))
  })
  socket.bind(53, address, () => process.send?.({ id }))
})
