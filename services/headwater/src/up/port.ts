import { createServer } from 'node:net'
import { UserError } from '@headwater/contracts/runtime'
import { type Address, formatAddress } from '../config/address.js'

/** What it means that an address cannot be listened on. */
export function listenError(address: Address, cause: NodeJS.ErrnoException): UserError {
  const where = formatAddress(address)
  if (cause.code === 'EADDRINUSE') {
    const fix = `Stop what listens there (ss -ltnp 'sport = :${address.port}' shows it), or choose another port with --listen ${formatAddress({ ...address, port: address.port === 65535 ? 4401 : address.port + 1 })}.`
    return new UserError('port-taken', `${where} is in use by another program.`, fix, { cause })
  }
  const why =
    cause.code === 'EACCES'
      ? 'ports below 1024 need root'
      : cause.code === 'EADDRNOTAVAIL'
        ? 'this machine has no such address'
        : cause.message
  return new UserError(
    'listen',
    `${where} cannot be listened on: ${why}.`,
    'Choose another address with --listen or HEADWATER_LISTEN.',
    { cause },
  )
}

/** Learns before anything is started whether an address is free. @throws UserError `port-taken`, `listen` */
export function checkFree(address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause) => reject(listenError(address, cause)))
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => server.close(() => resolve()))
  })
}
