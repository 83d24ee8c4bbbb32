import { OwnerSource, Side, SideSource } from '@headwater/native'

/** Names of the flow table's `side`, `side_source` and `owner_source`, by the record's number. */
export const sideNames: Record<number, string> = {
  [Side.Client]: 'client',
  [Side.Server]: 'server',
  [Side.Peer]: 'peer',
}
export const sideSourceNames: Record<number, string> = {
  [SideSource.Socket]: 'socket',
  [SideSource.Walk]: 'walk',
  [SideSource.Guess]: 'guess',
}
export const ownerSourceNames: Record<number, string> = {
  [OwnerSource.Connect]: 'connect',
  [OwnerSource.Listener]: 'listener',
  [OwnerSource.FirstIo]: 'first-io',
  [OwnerSource.Walk]: 'walk',
}

/** Where the record does not know: the end that a socket listens on is the server, else the lower port is. */
export function guessSide(localPort: number, remotePort: number, listens: (port: number) => boolean): Side {
  if (listens(localPort) && !listens(remotePort)) return Side.Server
  return localPort < remotePort ? Side.Server : Side.Client
}
