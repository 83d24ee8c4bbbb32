import { compareAddresses } from '../address/address.js'
import type { Role } from '../identity/connections.js'

/** The part an end plays: of peers (simultaneous open, or nobody knows) the lower (address, port) plays the client's. */
export function roleOf(
  side: string,
  local: Uint8Array,
  localAt: number,
  localPort: number,
  remote: Uint8Array,
  remoteAt: number,
  remotePort: number,
): Role {
  if (side === 'client') return 0
  if (side === 'server') return 1
  const order = compareAddresses(local, localAt, remote, remoteAt)
  return order < 0 || (order === 0 && localPort <= remotePort) ? 0 : 1
}

/**
 * Whether the bytes of the edge are taken from this row. The client's row counts; the server's only where nobody live watched the
 * client then. So each connection counts once, whoever saw it. Behind a NAT gateway the client is out of sight, and taken as watched:
 * its own edge, to the gateway's far side, has the bytes.
 *
 * Where the server's rows came first, before it was known who watches the client, they have counted already, and go on to as long as
 * their agent lives (`byServer`).
 */
export function counted(role: Role, clientWatched: boolean, byServer: boolean): 0 | 1 {
  if (role === 0) return byServer ? 0 : 1
  return byServer || !clientWatched ? 1 : 0
}
