import { copyFileSync } from 'node:fs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OwnerSource, type Probe, type Profile, RecordFlag, RecordKind, Side } from '../src/index.js'
import { TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer, type RecordRow } from './observe.js'
import { type Peer, startPeer } from './peers.js'
import { compiled, Program } from './programs.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP owners: ${reason}`)

const host = '127.0.0.1'

/** Who serves a connection, where that is not who called listen(). A row is right, or says that it is uncertain. */
describe.skipIf(reason)('owners of served connections', () => {
  const programs: Program[] = []
  let servers: string
  let ns: TestNamespace
  let client: Peer
  let probe: Probe | undefined
  let observer: Observer

  beforeAll(() => {
    servers = compiled('servers')
  })
  beforeEach(async () => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
    client = await startPeer('hw-client', { netns: ns.path })
  })
  afterEach(async () => {
    for (const program of programs.splice(0)) program.stop()
    await client.stop()
    await probe?.close()
    ns.remove()
  })

  async function observe(profile: Profile = 'standard'): Promise<void> {
    observer = await Observer.start({ profile, namespaces: [ns.path] })
    probe = observer.probe
  }

  function start(...args: string[]): Program {
    const program = new Program(servers, args, ns.path)
    programs.push(program)
    return program
  }

  /** Opens connections one after the other. Gives who answered, by the client's port. */
  async function ask(port: number, count: number): Promise<{ ids: number[]; served: Map<number, number> }> {
    const served = new Map<number, number>()
    const ids: number[] = []
    for (let i = 0; i < count; i++) {
      const answer = await client.do('ask', { host, port })
      served.set(answer.port, Number(answer.text))
      ids.push(answer.id)
    }
    return { ids, served }
  }

  const isServer = (port: number, kind: number) => (row: RecordRow) =>
    row.kind === kind && row.side === Side.Server && row.local_port === port

  async function closes(port: number, count: number): Promise<RecordRow[]> {
    return observer.until(count, isServer(port, RecordKind.Close), 30)
  }

  /** Walks, with passes over the open files, until all is settled or (shared for good) `passes` have been. Gives the newest record of each. */
  async function settled(port: number, passes = 4): Promise<RecordRow[]> {
    const before = probe!.counters().owner_passes!
    const done = ({ owner_passes, owners_unsettled }: Record<string, number>) =>
      owner_passes! >= before + passes || (owner_passes! > before && owners_unsettled === 0)
    for (let i = 0; i < 1000; i++) {
      await probe!.walk()
      observer.drain()
      if (done(probe!.counters())) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(done(probe!.counters())).toBe(true)
    const rows = observer.seen.filter(isServer(port, RecordKind.Walk))
    return [...new Map(rows.map((row) => [row.cookie, row])).values()]
  }

  const uncertain = (row: RecordRow) => (row.flags! & RecordFlag.OwnerUncertain) !== 0
  /** Rows that name with certainty a process that did not serve. */
  const wrong = (rows: RecordRow[], served: Map<number, number>) =>
    rows.filter((row) => !uncertain(row) && row.pid !== served.get(row.remote_port!))

  const end = (ids: number[]) => Promise.all(ids.map((id) => client.do('destroy', { id })))

  /** Who has the passed listener serves one after the other. */
  const connections = (mode: string) => (mode === 'pass' ? 1 : 3)

  it.each(['prefork', 'fork', 'pass'])(
    '%s: never names another with certainty, at once or after a walk',
    async (mode) => {
      await observe()
      const { port } = await start(mode).line()
      // Nothing tells of a listener that goes through a socket but a pass.
      if (mode === 'pass') await settled(port!, 1)
      const count = connections(mode)
      const first = await ask(port!, count)
      await end(first.ids)
      const closed = await closes(port!, count)
      expect(closed).toHaveLength(count)
      expect(wrong(closed, first.served)).toEqual([])

      await settled(port!)
      observer.clear()
      const second = await ask(port!, count)
      await settled(port!)
      await end(second.ids)
      const later = await closes(port!, count)
      expect(later).toHaveLength(count)
      expect(wrong(later, second.served)).toEqual([])
    },
  )

  it.each(['prefork', 'fork', 'pass'])('%s: full names who serves, with certainty', async (mode) => {
    await observe('full')
    const { port } = await start(mode).line()
    const count = connections(mode)
    const { ids, served } = await ask(port!, count)
    await end(ids)
    const closed = await closes(port!, count)
    expect(closed).toHaveLength(count)
    for (const row of closed) {
      expect(row).toMatchObject({ pid: served.get(row.remote_port!), flags: 0, owner_source: OwnerSource.FirstIo })
      expect(row.comm).toBe('servers')
    }
    expect(probe!.counters().owners_first_io).toBeGreaterThanOrEqual(count)
  })

  it('a walk names the process that alone holds a connection, with certainty from the second on', async () => {
    await observe()
    const { port, pid } = await start('fork').line()
    const { ids, served } = await ask(port!, 2)
    const once = await settled(port!, 1)
    expect(once.map((row) => row.pid)).toEqual(once.map((row) => served.get(row.remote_port!)))
    const owners = await settled(port!)
    expect(owners).toHaveLength(2)
    for (const row of owners) {
      expect(row).toMatchObject({ pid: served.get(row.remote_port!), flags: 0, owner_source: OwnerSource.Walk })
      expect(row.pid).not.toBe(pid)
    }
    await end(ids)
    expect(wrong(await closes(port!, 2), served)).toEqual([])
  })

  it('a listener handed on belongs to who has it, with certainty from the second walk on', async () => {
    await observe()
    const { port, pid } = await start('pass').line()
    await settled(port!)
    const { ids } = await ask(port!, 1)
    await end(ids)
    expect(await closes(port!, 1)).toEqual([expect.objectContaining({ pid, flags: 0 })])
  })

  it('a server that runs another program is named by it', async () => {
    await observe()
    const other = `${servers}-new`
    copyFileSync(servers, other)
    const program = start('change', other)
    const { port, pid } = await program.line()
    program.next()
    await program.line(1)
    const { ids, served } = await ask(port!, 1)
    expect([...served.values()]).toEqual([pid])
    await end(ids)
    const [closed] = await closes(port!, 1)
    expect(closed).toMatchObject({ pid, comm: 'servers-new', exe: 'servers-new', flags: 0 })
  })

  it('a client that runs another program while its connection is open keeps it, by one of its two names', async () => {
    await observe()
    const clients = compiled('clients')
    const other = `${clients}-new`
    copyFileSync(clients, other)
    const server = start('answer', host, '0')
    const { port } = await server.line()
    const program = new Program(clients, ['change', host, port!, 3000, other], ns.path)
    programs.push(program)
    const { pid } = await program.line()
    program.next()
    const told = await program.line(1)
    expect(told).toMatchObject({ pid, sent: 3000, received: 1000 })
    const rows = await observer.until(1, (row) => row.kind === RecordKind.Close && row.remote_port === port, 30)
    expect(rows).toEqual([expect.objectContaining({ pid, flags: 0, side: Side.Client, bytes_sent: 6000 })])
    expect(['clients', 'clients-new']).toContain(rows[0]!.exe)
  })

  it('a client that is killed with open sockets has owned them', async () => {
    await observe()
    const { port } = await start('prefork').line()
    const doomed = await startPeer('hw-doomed', { netns: ns.path })
    for (let i = 0; i < 3; i++) await doomed.do('ask', { host, port })
    await doomed.stop()
    const ofClient = (row: RecordRow) => row.kind === RecordKind.Close && row.remote_port === port
    const rows = await observer.until(3, ofClient, 30)
    expect(rows).toHaveLength(3)
    for (const row of rows)
      expect(row).toMatchObject({ pid: doomed.pid, comm: 'hw-doomed', side: Side.Client, bytes_sent: 1, flags: 0 })
  })

  describe('a server that hands each connection on to another process', () => {
    it('full names who serves, with certainty', async () => {
      await observe('full')
      const { port, pid } = await start('handon').line()
      const { ids, served } = await ask(port!, 1)
      expect([...served.values()]).not.toEqual([pid])
      await end(ids)
      const closed = await closes(port!, 1)
      expect(closed).toEqual([expect.objectContaining({ pid: [...served.values()][0], flags: 0 })])
    })

    it('a walk names who has it', async () => {
      await observe()
      const { port } = await start('handon').line()
      const { ids, served } = await ask(port!, 1)
      await settled(port!)
      await end(ids)
      expect(wrong(await closes(port!, 1), served)).toEqual([])
      // Then it is known that this listener's connections change hands: none of them is surely its owner's.
      observer.clear()
      const second = await ask(port!, 1)
      await end(second.ids)
      const [later] = await closes(port!, 1)
      expect(wrong([later!], second.served)).toEqual([])
      expect(uncertain(later!)).toBe(true)
    })
  })

  it('a server that dies with open sockets has owned them', async () => {
    await observe()
    const program = start('prefork')
    const { port } = await program.line()
    const { served } = await ask(port!, 3)
    await settled(port!)
    program.stop()
    const closed = await closes(port!, 3)
    expect(closed).toHaveLength(3)
    expect(wrong(closed, served)).toEqual([])
    expect(closed.every((row) => row.pid === served.get(row.remote_port!))).toBe(true)
    expect(closed.map((row) => row.uid)).toEqual([0, 0, 0])
  })
})
