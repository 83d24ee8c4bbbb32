import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProbe, type Probe } from '../src/index.js'
import { TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer } from './observe.js'
import { startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP detach: ${reason}`)

const small = { slots: 1024, ringBytes: 65_536 }
const why = { reason: 'given up', fix: 'give more' }
const DATAGRAMS = ['udp_egress', 'udp_ingress', 'udp_fail_queue_rcv_skb']
const links = (probe: Probe) => probe.inventory().flatMap(({ type, name }) => (type === 'link' ? [name] : []))

describe.skipIf(reason)('programs that come and go', () => {
  let ns: TestNamespace
  beforeAll(() => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
  })
  afterAll(() => ns?.remove())

  it('are detached with their reason, and attached again; the others go on', async () => {
    const probe = createProbe({ ...small, namespaces: [ns.path] })
    await probe.open()
    try {
      const before = links(probe)
      const known = probe.capabilities()
      await probe.detach(DATAGRAMS, why)
      await probe.detach(['udp_egress'], { reason: 'again', fix: '' })
      expect(links(probe)).toEqual(before.filter((name) => !DATAGRAMS.includes(name)))
      const told = probe.capabilities().filter(({ ok, name }) => !ok && known.some((k) => k.name === name && k.ok))
      expect(told.map(({ name, reason, fix }) => ({ name, reason, fix }))).toEqual(
        DATAGRAMS.map((name) => ({ name, ...why })),
      )

      const peer = await startPeer('hw-detach', { netns: ns.path })
      const { port } = await peer.do('listen', { host: '127.0.0.1' })
      await peer.do('request', { host: '127.0.0.1', port, count: 3 })
      const closes = await new Observer(probe).until(3, (row) => row.remote_port === port)
      expect(closes).toHaveLength(3)
      await peer.stop()

      await probe.attach(DATAGRAMS)
      expect(links(probe)).toEqual(before)
      expect(probe.capabilities()).toEqual(known)
    } finally {
      await probe.close()
    }
  })

  it('are none that the probe needs, or does not know', async () => {
    const probe = createProbe(small)
    await expect(probe.detach(['udp_egress'], why)).rejects.toThrow('not open')
    await probe.open()
    try {
      const before = links(probe)
      await probe.detach(['inet_sock_set_state', 'iter_tcp', 'udp_drain', 'none'], why)
      expect(links(probe)).toEqual(before)
    } finally {
      await probe.close()
    }
    await expect(probe.attach(['udp_egress'])).rejects.toThrow('not open')
  })

  it('leave nothing behind when the probe is closed while they are changed', async () => {
    for (let round = 0; round < 5; round++) {
      const probe = createProbe(small)
      await probe.open()
      const changes = [probe.detach(DATAGRAMS, why), probe.attach(DATAGRAMS)]
      await Promise.all([...changes, probe.close()])
      expect(probe.inventory()).toEqual([])
    }
  })
})
