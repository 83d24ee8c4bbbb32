import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RecordKind } from '../src/index.js'
import { TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer, type RecordRow } from './observe.js'
import { compiled, Program } from './programs.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP datagrams: ${reason}`)

const mapped = (address: string) =>
  `00000000000000000000ffff${Buffer.from(address.split('.').map(Number)).toString('hex')}`

/** Whom a connected socket's datagrams go to: by send() the peer that it named, by sendto() whom that names. */
describe.skipIf(reason)('datagrams of a connected socket', () => {
  const programs: Program[] = []
  let datagrams: string
  let ns: TestNamespace
  let observer: Observer

  beforeAll(() => {
    datagrams = compiled('datagrams')
  })
  beforeEach(async () => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
    // Nobody receives them, and nobody says so: an ICMP error would end the program.
    ns.run('iptables -A INPUT -p udp -j DROP')
    observer = await Observer.start({ namespaces: [ns.path] })
  })
  afterEach(async () => {
    for (const program of programs.splice(0)) program.stop()
    await observer.probe.close()
    ns.remove()
  })

  async function sent(...to: (string | number)[]): Promise<[remote: string, port: number, bytes: number][]> {
    const program = new Program(datagrams, to, ns.path)
    programs.push(program)
    const { port, pid } = await program.line()
    await observer.probe.walk()
    const mine = (row: RecordRow) => row.kind === RecordKind.Datagram && row.local_port === port && row.pid === pid
    const rows = await observer.until(2, mine, 50)
    return rows
      .map((row): [string, number, number] => [row.remote, row.remote_port!, row.bytes_sent!])
      .sort((a, b) => a[2] - b[2])
  }

  it('are counted where they went', async () => {
    expect(await sent('127.0.0.1', 9, '127.0.0.2', 10)).toEqual([
      [mapped('127.0.0.1'), 9, 30],
      [mapped('127.0.0.2'), 10, 40],
    ])
  })

  it('are counted where they went, also to another port of the same address', async () => {
    expect(await sent('127.0.0.1', 9, '127.0.0.1', 10)).toEqual([
      [mapped('127.0.0.1'), 9, 30],
      [mapped('127.0.0.1'), 10, 40],
    ])
  })

  it('are counted as its peer’s where that is translated on the way, and what is sent elsewhere is not', async () => {
    ns.run('iptables -t nat -A OUTPUT -p udp -d 127.0.0.9 --dport 9 -j DNAT --to-destination 127.0.0.1:99')
    expect(await sent('127.0.0.9', 9, '127.0.0.2', 10)).toEqual([
      [mapped('127.0.0.9'), 9, 30],
      [mapped('127.0.0.2'), 10, 40],
    ])
  })

  it('are counted as its peer’s where that has spoken first, from a translated address', async () => {
    ns.run('iptables -t nat -A POSTROUTING -p udp --dport 6000 -j SNAT --to-source 127.0.0.5')
    const first = new Program(datagrams, ['127.0.0.1', 6000, '127.0.0.1', 6001], ns.path)
    programs.push(first)
    const { port } = await first.line()
    expect(await sent('127.0.0.5', port!, '127.0.0.2', 10, 6000)).toEqual([
      [mapped('127.0.0.5'), port, 30],
      [mapped('127.0.0.2'), 10, 40],
    ])
  })
})
