import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { objectDirectory } from '../src/addon.js'
import { type Capability, RecordKind } from '../src/index.js'
import { TestNamespace } from '../src/testing/index.js'
import { cannotProbe } from './observe.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP refused: ${reason}`)

/** In a Node of its own: what is told of a datagram to itself by a probe of one namespace whose objects lie in a folder. */
const source = (folder: string, netns: string) => `
import { createSocket } from 'node:dgram'
import { addon } from './dist/addon.js'
import { checkOptions } from './dist/options.js'
import { RecordBatch } from './dist/records.js'
const options = checkOptions({ namespaces: [${JSON.stringify(netns)}] })
const probe = new (addon().NativeProbe)({ ...options, objectDirectory: ${JSON.stringify(folder)} })
const { code } = await probe.open()
const socket = createSocket('udp4').bind(0, '127.0.0.1')
await new Promise((bound) => socket.once('listening', bound))
const { port } = socket.address()
await new Promise((sent) => socket.send('x', port, '127.0.0.1', sent))
await probe.walk()
const kinds = new Set()
const into = new Uint8Array(1024 * addon().layout.stride)
const malformed = new Uint32Array(1)
for (let length = probe.consume(into, malformed); length > 0; length = probe.consume(into, malformed)) {
  const records = new RecordBatch(addon().layout, into.buffer, length)
  const [kind, local] = [records.u8('kind'), records.u16('local_port')]
  for (let i = 0; i < records.length; i++)
    if (local.array[local.first + i * local.step] === port) kinds.add(kind.array[kind.first + i * kind.step])
}
const refused = probe.capabilities().filter((c) => !c.ok).map((c) => c.name)
await probe.close()
socket.close()
console.log(JSON.stringify({ code, kinds: [...kinds], refused }))
`

describe.skipIf(reason)('a kernel that refuses optional programs', () => {
  let folder: string | undefined
  let ns: TestNamespace

  beforeEach(() => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
  })
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true })
    ns.remove()
  })

  function without(object: string) {
    folder = mkdtempSync(join(tmpdir(), 'hw-objects-'))
    cpSync(objectDirectory, folder, { recursive: true })
    writeFileSync(join(folder, object), 'no object')
    const node = [process.execPath, '--input-type=module', '-e', source(folder, ns.path)]
    const { status, signal, stdout, stderr } = spawnSync('nsenter', [`--net=${ns.path}`, ...node], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    })
    expect({ status, signal, stderr }).toMatchObject({ status: 0, signal: null })
    return JSON.parse(stdout) as { code: string; kinds: number[]; refused: string[] }
  }

  it('those at the packets of UDP: the rest goes on', () => {
    const told = without('udp.bpf.o')
    expect(told).toMatchObject({ code: '', kinds: [] })
    expect(told.refused).toEqual(expect.arrayContaining(['udp_egress', 'udp_ingress']))
  })

  it('the walk over TCP: UDP is told of all the same', () => {
    const told = without('walk.bpf.o')
    expect(told).toMatchObject({ code: '', kinds: [RecordKind.Datagram] })
    expect(told.refused).toContain('iter_tcp')
  })
})

/** What is asked of a probe whose `open` has failed, or that was never opened, in a Node of its own: it must end by itself. */
const failed = `
import { addon } from './dist/addon.js'
import { checkOptions } from './dist/options.js'
const objectDirectory = '/nonexistent/hw-objects'
const probe = new (addon().NativeProbe)({ ...checkOptions({}), objectDirectory })
const { code } = await probe.open()
const refused = []
for (const name of ['walk', 'addresses', 'limits'])
  try { await probe[name]() } catch (error) { refused.push(name + ': ' + error.message) }
try { await probe.detach([], '', '') } catch (error) { refused.push('detach: ' + error.message) }
await probe.close()
await probe.close()
await new (addon().NativeProbe)({ ...checkOptions({}), objectDirectory }).close()
console.log(JSON.stringify({ code, refused }))
`

describe.skipIf(reason)('a probe that could not be opened', () => {
  it('is closed as any other, and refuses the rest', () => {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', failed], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    })
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' })
    const refused = ['walk', 'addresses', 'limits', 'detach'].map((name) => `${name}: the probe is not open`)
    expect(JSON.parse(stdout)).toEqual({ code: 'load-failed', refused })
  })
})

/** In a cgroup namespace of its own and with a mount of its own, as in a container: there a part of the hierarchy shows as "/". */
const contained = `
mount=$(awk '/ - cgroup2 /{ print $5; exit }' /proc/self/mountinfo)
part=$mount/hw-part-$$
mkdir $part && echo $$ > $part/cgroup.procs
unshare --cgroup --mount sh -c '
  umount -l $1 && mount -t cgroup2 none $1
  exec "$0" --input-type=module -e "$2"' "$NODE" $mount "$SOURCE"
echo $$ > $mount/cgroup.procs
for n in 1 2 3 4 5; do rmdir $part 2>/dev/null && break; sleep 0.2; done
`

const capabilities = `
import { createProbe } from './dist/index.js'
const probe = createProbe({ slots: 64, ringBytes: 65536 })
await probe.open()
console.log(JSON.stringify(probe.capabilities().filter((c) => !c.ok)))
await probe.close()
`

describe.skipIf(reason)('a cgroup namespace of its own', () => {
  it('has no root of cgroup v2: programs that would see their own part alone are told as missing', () => {
    const { stdout, stderr } = spawnSync('sh', ['-c', contained], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, NODE: process.execPath, SOURCE: capabilities },
    })
    expect(stderr).toBe('')
    const missing = JSON.parse(stdout) as Capability[]
    const ofCgroups = missing.filter(({ reason }) => reason.includes('root of cgroup v2'))
    expect(ofCgroups.map(({ name }) => name)).toEqual(['udp_egress', 'udp_ingress', 'post_bind4', 'post_bind6'])
    expect(ofCgroups[0]?.fix).toContain('/sys/fs/cgroup')
  })
})
