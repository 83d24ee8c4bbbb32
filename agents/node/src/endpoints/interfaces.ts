import { statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { NamespaceAddresses } from '@headwater/native'

/** Gives the addresses of this node's interfaces, by network namespace. */
export type ReadInterfaces = () => Promise<readonly NamespaceAddresses[]>

/** Those of this process's own network namespace; none where /proc does not say which that is. */
export const ownInterfaces: ReadInterfaces = async () => {
  const netns = statSync('/proc/self/ns/net', { throwIfNoEntry: false })?.ino
  if (netns === undefined) return []
  const addresses = Object.values(networkInterfaces()).flatMap((i) => i?.map(({ address }) => address) ?? [])
  return [{ netns, addresses }]
}
