import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noLab, skip, testLab } from './support/lab.js'

/** Of Ethernet, before each IP packet of at most 1,500 bytes. */
const HEADER = 14
/** ARP is neither TCP nor UDP; this is more than a pod and its router ask for each other in this time. */
const MOST_ARP = 20

describe.skipIf(skip('counters of the lab', noLab))('with exact counters', () => {
  const { lab, remove } = testLab({ exactCounters: true })
  beforeAll(async () => {
    await lab.start()
    await sleep(3_000)
    await lab.drain()
  })
  afterAll(remove)

  it.each(['frontend', 'catalogue-1', 'checkout', 'payments'])(
    '%s’s interface counts what is on the wire',
    async (pod) => {
      const [link] = JSON.parse(await lab.inspect(pod, 'ip', ['-s', '-j', 'link', 'show', 'dev', 'up0']))
      const { tx, rx } = link.stats64 as Record<'tx' | 'rx', { bytes: number; packets: number }>
      const counters = ['TcpOutSegs', 'TcpInSegs', 'UdpOutDatagrams', 'UdpInDatagrams']
      const stats = await lab.inspect(pod, 'nstat', ['-asz', ...counters])
      const sum = (...names: string[]) =>
        names.reduce((n, name) => n + Number(new RegExp(`${name}\\s+(\\d+)`).exec(stats)?.[1]), 0)
      // TCP counts segments, also where it hands many of them on as one.
      for (const [wire, segments] of [
        [tx, sum('TcpOutSegs', 'UdpOutDatagrams')],
        [rx, sum('TcpInSegs', 'UdpInDatagrams')],
      ] as const) {
        expect(wire.bytes / wire.packets).toBeLessThanOrEqual(1_500 + HEADER)
        expect(segments).toBeGreaterThan(50)
        expect(wire.packets - segments).toBeGreaterThanOrEqual(0)
        expect(wire.packets - segments).toBeLessThanOrEqual(MOST_ARP)
      }
    },
  )
})
