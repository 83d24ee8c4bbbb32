import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { addon, objectDirectory } from '../src/addon.js'
import { checkCapabilities, createProbe, type Profile, RecordFlag } from '../src/index.js'
import { cannotProbe, sleep } from './observe.js'
import { startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP lifetime: ${reason}`)

const small = {
  slots: 64,
  ringBytes: 65_536,
  maxListeners: 64,
  keepAliveMs: 60_000,
  maxConversations: 64,
  conversationIdleMs: 60_000,
  dns: true,
  dnsRingBytes: 65_536,
}
/** Place of the profile in the addon's list, with how many programs it has; one of them is called, and has no link. */
const FULL = { profile: 2, programs: 23, links: 21 }
/** Only on newer kernels. */
const IRQ = 'bpf_local_irq_save'
const dist = new URL('../dist/index.js', import.meta.url).href

/** Runs a module in a Node of its own. */
function run(source: string, options: { uid?: number } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    ...options,
  })
  return { status, stdout: stdout.trim(), stderr }
}

describe.skipIf(reason)('lifetime', () => {
  it('opened and closed five times, leaves nothing in the kernel', async () => {
    for (let round = 0; round < 5; round++) {
      const native = new (addon().NativeProbe)({ ...small, profile: FULL.profile, namespaces: [], objectDirectory })
      expect((await native.open()).code).toBe('')
      const held = native.inventory()
      expect(held.filter(({ type }) => type === 'program')).toHaveLength(FULL.programs)
      expect(held.filter(({ type }) => type === 'link')).toHaveLength(FULL.links)
      expect(held.every((object) => object.id > 0 && addon().objectExists(object))).toBe(true)
      await native.close()
      // The kernel frees after a grace period.
      let left = held
      for (let wait = 0; wait < 200 && left.length > 0; wait++) {
        left = left.filter((object) => addon().objectExists(object))
        await sleep(10)
      }
      expect(left).toEqual([])
    }
  })

  it('close may be called twice, during open, and without open; after it nothing is told', async () => {
    await createProbe().close()
    const probe = createProbe(small)
    const opening = probe.open()
    await Promise.all([probe.close(), probe.close(), opening])
    expect(probe.consume()).toBeUndefined()
    await expect(probe.walk()).rejects.toThrow('not open')
    await expect(probe.open()).rejects.toThrow('closed')
    expect(probe.counters().records_close).toBeGreaterThanOrEqual(0)
  })

  it('walks called at once are one', async () => {
    const probe = createProbe(small)
    await probe.open()
    const [one, two] = await Promise.all([probe.walk(), probe.walk()])
    expect(one).toBe(two)
    await probe.close()
  })

  it('tells what works', async () => {
    const capabilities = await checkCapabilities()
    expect(capabilities.map(({ name }) => name)).toEqual([
      'btf',
      IRQ,
      'inet_sock_set_state',
      'tcp_send_reset',
      'tcp_receive_reset',
      'tcp_destroy_sock',
      'inet_sk_error_report_tcp',
      'iter_tcp',
      'walk_slots',
      'iter_task_file',
      'sched_process_fork',
      'sched_process_exec',
      'kfree_skb',
      'kfree_skb_again',
      'sock_send_length',
      'sock_recv_length',
      'udp_egress',
      'udp_ingress',
      'udp_drain',
      'iter_udp',
      'post_bind4',
      'post_bind6',
      'iter_task_file_udp',
      'udp_fail_queue_rcv_skb',
      'inet_sk_error_report',
      'reset_reasons',
      'network_namespaces',
    ])
    expect(capabilities.filter(({ ok, name }) => !ok && name !== IRQ)).toEqual([])
    expect(capabilities.every(({ lost }) => lost.length > 0)).toBe(true)
  })

  it('loads what its profile has, and no more', async () => {
    const names = async (profile: Profile) => {
      const probe = createProbe({ ...small, profile })
      await probe.open()
      const names = probe.capabilities().map(({ name }) => name)
      await probe.close()
      return names
    }
    const [tcp, standard, full] = [await names('tcp'), await names('standard'), await names('full')]
    expect(tcp).not.toContain('kfree_skb')
    expect(standard).toEqual(expect.arrayContaining([...tcp, 'kfree_skb']))
    expect(standard).not.toContain('sock_send_length')
    expect(full).toEqual(expect.arrayContaining([...standard, 'sock_send_length', 'sock_recv_length']))
  })

  it('reads the boot clock against the wall clock', () => {
    const probe = createProbe()
    const uptimeMs = Number(spawnSync('cat', ['/proc/uptime'], { encoding: 'utf8' }).stdout.split(' ')[0]) * 1000
    expect(Math.abs(probe.bootOffsetMs() + uptimeMs - Date.now())).toBeLessThan(500)
  })

  it('a process may end with the probe open, also in a worker thread', () => {
    const open = `import { createProbe } from ${JSON.stringify(dist)}; const p = createProbe({ slots: 64 }); await p.open(); `
    expect(run(`${open} void p.walk(); process.exit(7)`)).toMatchObject({ status: 7, stderr: '' })
    expect(run(`${open} console.log('end')`)).toMatchObject({ status: 0, stdout: 'end', stderr: '' })
    const worker = `import { Worker } from 'node:worker_threads'
      const w = new Worker(${JSON.stringify(`import(${JSON.stringify(dist)}).then(async ({ createProbe }) => {
        const p = createProbe({ slots: 64 }); await p.open(); void p.walk(); process.exit() })`)}, { eval: true })
      w.on('exit', () => console.log('gone'))`
    expect(run(worker)).toMatchObject({ status: 0, stdout: 'gone', stderr: '' })
  })

  it('without privilege, says so and how to get it', () => {
    const source = `import { createProbe } from ${JSON.stringify(dist)}
      await createProbe({ slots: 64 }).open().catch((e) => console.log(JSON.stringify(e)))`
    const { stdout } = run(source, { uid: 65534 })
    const error = JSON.parse(stdout)
    expect(error).toMatchObject({ name: 'ProbeError', code: 'no-privilege' })
    expect(error.fix).toContain('BPF')
    expect(error.capabilities.find(({ name }: { name: string }) => name === 'inet_sock_set_state')).toMatchObject({
      ok: false,
      required: true,
    })
  })

  it('without the right to enter namespaces, walks its own and says what is lost', () => {
    const source = `import { createProbe } from ${JSON.stringify(dist)}
      const p = createProbe({ slots: 64 }); await p.open(); const walk = await p.walk()
      console.log(JSON.stringify({ walk, capabilities: p.capabilities() })); await p.close()`
    const { stdout } = spawnSync(
      'setpriv',
      ['--bounding-set=-sys_admin', process.execPath, '--input-type=module', '-e', source],
      { encoding: 'utf8' },
    )
    const { walk, capabilities } = JSON.parse(stdout)
    expect(walk).toMatchObject({ failed: 0 })
    expect(walk.namespaces).toBeLessThanOrEqual(1)
    const missing = capabilities.filter(({ ok, name }: { ok: boolean; name: string }) => !ok && name !== IRQ)
    expect(missing).toEqual([
      expect.objectContaining({ name: 'network_namespaces', reason: 'setns: Operation not permitted' }),
    ])
    expect(missing[0].fix).toContain('SYS_ADMIN')
  })

  it('a connection that it could never walk is older than the probe at its close, also when slots are used up', async () => {
    const [inside, busy] = await Promise.all([startPeer('hw-inside', { netns: 'new' }), startPeer('hw-busy')])
    const old = await inside.do('listen', { host: '127.0.0.1', hold: true })
    const opened = await inside.do('open', { host: '127.0.0.1', port: old.port })
    const source = `import { createProbe } from ${JSON.stringify(dist)}
      const p = createProbe({ slots: 64, ringBytes: 1 << 24 }); await p.open()
      setInterval(() => {
        for (let r = p.consume(); r; r = p.consume()) for (let i = 0; i < r.length; i++) {
          const of = (c) => c.array[c.first + i * c.step]
          if (of(r.u8('kind')) !== 1 || of(r.u16('remote_port')) !== ${old.port}) continue
          process.send({ flags: of(r.u8('flags')) })
        }
      }, 20)
      process.on('disconnect', () => process.exit())
      process.send('open')`
    const args = ['--bounding-set=-sys_admin', process.execPath, '--input-type=module', '-e', source]
    const child = spawn('setpriv', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    try {
      await once(child, 'message')
      // More live ones than there are slots.
      const { port } = await busy.do('listen', { host: '127.0.0.1', hold: true })
      for (let i = 0; i < 100; i++) await busy.do('open', { host: '127.0.0.1', port })
      await inside.do('reset', { id: opened.id })
      const [{ flags }] = await once(child, 'message')
      expect(flags).toBe(RecordFlag.Preexisting | RecordFlag.SlotTaken)
    } finally {
      child.kill('SIGKILL')
      await Promise.all([inside.stop(), busy.stop()])
    }
  })

  it('without its objects, says which is missing', async () => {
    const native = new (addon().NativeProbe)({
      ...small,
      profile: FULL.profile,
      namespaces: [],
      objectDirectory: '/nonexistent',
    })
    const outcome = await native.open()
    expect(outcome.code).toBe('load-failed')
    expect(outcome.message).toContain('/nonexistent/lifecycle.bpf.o: No such file or directory')
  })
})
