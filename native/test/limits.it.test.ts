import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProbe, type KernelLimit, type Probe } from '../src/index.js'
import { cannotProbe, sleep } from './observe.js'
import { type Peer, startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP limits: ${reason}`)

const FIRST = 40_000
const COUNT = 200
const figure = (path: string) => readFileSync(path, 'utf8').trim().split(/\s+/).map(Number)

describe.skipIf(reason)('what can run out', () => {
  let peer: Peer
  let probe: Probe

  /** In the peer's network namespace. */
  const inside = (...command: string[]) => {
    const { status, stderr } = spawnSync('nsenter', [`--net=/proc/${peer.pid}/ns/net`, ...command], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
  }
  const netns = () => statSync(`/proc/${peer.pid}/ns/net`).ino
  /** Waits for what is there at last: reading again may have to wait. */
  async function ports(matches: (found: KernelLimit[]) => boolean): Promise<KernelLimit[]> {
    let found: KernelLimit[] = []
    for (let end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
      found = (await probe.limits()).filter((l) => l.kind === 'ports' && l.netns === netns())
      if (matches(found)) break
    }
    return found
  }

  beforeAll(async () => {
    peer = await startPeer('hw-limits', { netns: 'new' })
    await peer.do('loopback')
    inside('sysctl', '-qw', `net.ipv4.ip_local_port_range=${FIRST} ${FIRST + COUNT - 1}`)
    probe = createProbe({ slots: 1024, ringBytes: 65_536 })
    await probe.open()
  })
  afterAll(async () => {
    await probe?.close()
    await peer?.stop()
  })

  it('is memory of the machine, as the kernel says it', async () => {
    const found = await probe.limits()
    const max = (figure('/proc/sys/net/ipv4/tcp_mem')[2] ?? 0) * 4096
    expect(found.find((l) => l.kind === 'tcp-memory')).toMatchObject({ max, netns: statSync('/proc/self/ns/net').ino })
    expect(found.find((l) => l.kind === 'udp-memory')?.max).toBeGreaterThan(0)
    expect(found.map((l) => l.used / l.max)).toEqual(found.map((l) => l.used / l.max).sort((a, b) => b - a))
  })

  it('is the ports of a namespace by its addresses: their sum while there are few, then each', async () => {
    const { port } = await peer.do('listen', { host: '::', port: 80, hold: true })
    const connect = (host: string) => peer.do('open', { host, port })
    for (let i = 0; i < 3; i++) await connect('127.0.0.1')
    const few = await ports(([l]) => (l?.used ?? 0) > 0)
    expect(few).toEqual([{ kind: 'ports', netns: netns(), address: '', used: 7, max: COUNT }])
    for (let i = 0; i < 57; i++) await connect('127.0.0.1')
    for (let i = 0; i < 9; i++) await connect('::1')
    const many = await ports((all) => all.some((l) => l.address === '::1' && l.used === 9))
    expect(many).toEqual([
      { kind: 'ports', netns: netns(), address: '127.0.0.1', used: 60, max: COUNT },
      { kind: 'ports', netns: netns(), address: '::1', used: 9, max: COUNT },
    ])
  })
})
