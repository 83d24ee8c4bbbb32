import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { endianness, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addon, objectDirectory } from '../src/addon.js'
import { createProbe, type Probe, RecordKind } from '../src/index.js'
import { checkOptions } from '../src/options.js'
import { cannotProbe, Observer } from './observe.js'
import { type Peer, startPeer } from './peers.js'
import { compiled } from './programs.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP malformed: ${reason}`)

describe.skipIf(reason)('records of another length in a ring', () => {
  let peer: Peer
  let probe: Probe
  let warnings: string[]

  beforeEach(async () => {
    peer = await startPeer('hw-malformed', { netns: 'new' })
    await peer.do('loopback')
    warnings = []
    const logger = { info: () => {}, warn: (message: string) => warnings.push(message) }
    probe = createProbe({ slots: 1024, ringBytes: 65_536, namespaces: [`/proc/${peer.pid}/ns/net`], logger })
    await probe.open()
    while (probe.consume() || probe.consumeDns());
  })
  afterEach(async () => {
    await probe.close()
    await peer.stop()
  })

  function write(map: string, bytes: number, times: number): void {
    const ring = probe.inventory().find((o) => o.type === 'map' && o.name === map)
    const args = [ring?.id, bytes, times].map(String)
    const { status, stderr } = spawnSync(compiled('ring_writer'), args, { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  }

  it('are passed by, counted by ring, told of once; those around them arrive', async () => {
    const observer = new Observer(probe)
    const { port } = await peer.do('listen', { host: '127.0.0.1', port: 0, hold: true })
    for (const bytes of [8, probe.layout.stride - 8, probe.layout.stride + 8]) write('hw_ring', bytes, 2)
    await peer.do('open', { host: '127.0.0.1', port })
    await probe.walk()
    const rows = await observer.until(3, (r) => r.local_port === port || r.remote_port === port)
    expect(rows.map((r) => r.kind)).toEqual(expect.arrayContaining([RecordKind.Listen, RecordKind.Walk]))
    expect(rows.every((r) => r.cookie !== 0)).toBe(true)
    expect(probe.losses()).toEqual({ ring_malformed: 6 })
    expect(warnings).toEqual([
      expect.stringMatching(/^records in the ring have another length .* start this one again$/),
    ])
  })

  it('are seen where nothing else is in the ring, and in that of DNS messages', () => {
    write('hw_ring', 8, 1)
    write('hw_dns_ring', 16, 3)
    expect([probe.consume(), probe.consumeDns()]).toEqual([undefined, undefined])
    expect(probe.losses()).toEqual({ ring_malformed: 1, dns_ring_malformed: 3 })
    expect(warnings).toHaveLength(2)
    expect(warnings[1]).toContain('records in the ring of DNS messages')
  })
})

describe.skipIf(reason)('kernel programs of another build', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hw-objects-'))
    cpSync(objectDirectory, folder, { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Puts another word into the object's configuration (struct hw_config: version, bytes of a record, ...). */
  function change(object: string, index: number, word: number): void {
    expect(endianness()).toBe('LE')
    const { version, stride } = addon().layout
    const config = Buffer.from(Uint32Array.of(version, stride, 131_071, 4_194_304).buffer)
    const bytes = readFileSync(join(folder, object))
    const at = bytes.indexOf(config)
    expect(at).toBeGreaterThan(0)
    bytes.writeUInt32LE(word, at + index * 4)
    writeFileSync(join(folder, object), bytes)
  }

  const open = async () => {
    const probe = new (addon().NativeProbe)({
      ...checkOptions({ slots: 64, ringBytes: 65_536 }),
      objectDirectory: folder,
    })
    const outcome = await probe.open()
    if (outcome.code === '') await probe.close()
    return outcome
  }

  it.each([
    ['version', 'lifecycle_irq.bpf.o', 0, 3],
    ['version', 'reset.bpf.o', 0, 99],
    ['size of a record', 'walk.bpf.o', 1, 8],
  ])('of another %s are refused, with what mends it: %s', async (_, object, index, word) => {
    change(object, index, word)
    expect(await open()).toEqual({
      code: 'layout',
      message: `${join(folder, object)} is of another version than the addon: Invalid argument`,
      fix: 'build bpf and native anew: npm run build',
    })
  })
})
