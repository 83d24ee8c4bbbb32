import type { TestNamespace } from '@headwater/native/testing'

/** Header of a frame: its checksum is not counted. */
const ETHERNET = 14
const OFFLOADS = ['tso', 'gso', 'gro', 'tx', 'sg'].flatMap((name) => [name, 'off']).join(' ')

/** IP bytes and packets that an interface has counted, each way. */
export interface OnWire {
  tx: number
  rx: number
  txPackets: number
  rxPackets: number
}

export function onWire(ns: TestNamespace, device: string): OnWire {
  const [link] = JSON.parse(ns.ip(`-json -statistics link show ${device}`))
  const { rx, tx } = link.stats64
  return {
    tx: tx.bytes - tx.packets * ETHERNET,
    rx: rx.bytes - rx.packets * ETHERNET,
    txPackets: tx.packets,
    rxPackets: rx.packets,
  }
}

export const since = (now: OnWire, before: OnWire): OnWire => ({
  tx: now.tx - before.tx,
  rx: now.rx - before.rx,
  txPackets: now.txPackets - before.txPackets,
  rxPackets: now.rxPackets - before.rxPackets,
})

/** One of both ends of a wire; `other`: addresses at the other end. */
export interface WireEnd {
  ns: TestNamespace
  device: string
  other: readonly string[]
}

/** Both ends know each other's hardware address, so that none is asked for on the wire. */
export function introduce(ends: readonly [WireEnd, WireEnd]): void {
  const macs = ends.map(({ ns, device }) => JSON.parse(ns.ip(`-json link show ${device}`))[0].address as string)
  for (const [i, { ns, device, other }] of ends.entries())
    for (const address of other) ns.ip(`neigh replace ${address} lladdr ${macs[1 - i]} dev ${device} nud permanent`)
}

/** Each packet is counted as it would be on a cable, and nothing but what programs send is on it. */
export async function bare(ends: readonly [WireEnd, WireEnd]): Promise<void> {
  for (const { ns, device } of ends) ns.run(`ethtool -K ${device} ${OFFLOADS}`)
  introduce(ends)
  // What IPv6 says of itself on a new wire.
  await new Promise((resolve) => setTimeout(resolve, 1500))
}
