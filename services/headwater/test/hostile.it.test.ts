import { spawn } from 'node:child_process'
import { copyFileSync, linkSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Flow, NodesAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, noAgent, run, skip, startUp, temporaryFolder, type Up } from './support/headwater.js'

// Names that somebody chose to harm whoever reads them, from the kernel to the terminal: real processes under `headwater up`.

/** Nothing that steers a terminal, or reorders or forges a line. */
const UNSAFE = /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u

/** Names of executables, in bytes, and what becomes of each. At most 31 bytes reach the kernel's record. */
const names: [what: string, bytes: Buffer, process: string][] = [
  ['ansi', Buffer.from('a\u001b[31m\u001b]0;x\u0007'), 'a\ufffd[31m\ufffd]0;x\ufffd'],
  ['lines', Buffer.from('b\r\nFORGED ok\ttab'), 'b\ufffd\ufffdFORGED ok\ufffdtab'],
  ['bidi', Buffer.from('c\u202egpj.exe\u2066'), 'c\ufffdgpj.exe\ufffd'],
  ['c1', Buffer.from('d\u009b2J\u2028x'), 'd\ufffd2J\ufffdx'],
  ['html', Buffer.from('e<img src=x onerror=alert(1)>'), 'e<img src=x onerror=alert(1)>'],
  ['quotes', Buffer.from(`f'"\`\\; DROP TABLE flows; --`), `f'"\`\\; DROP TABLE flows; --`],
  ['not utf-8', Buffer.concat([Buffer.from('g'), Buffer.alloc(16, 0xff)]), `g${'\ufffd'.repeat(16)}`],
  ['long', Buffer.from(`h${'x'.repeat(254)}`), `h${'x'.repeat(30)}`],
]

const SERVER =
  "const s=require('net').createServer(c=>c.end('x')).listen(0,'127.0.0.1',()=>{const {port}=s.address();let n=3;const go=()=>n-->0?require('net').connect(port,'127.0.0.1').resume().on('close',go):console.log(port);go()});process.stdin.resume().on('end',()=>process.exit())"

/** Listens, connects to itself three times, and stays. It is started by a pattern: arguments of a spawn are UTF-8. */
async function startNamed(folder: string, name: Buffer): Promise<{ port: number; stop(): void }> {
  const path = Buffer.concat([Buffer.from(`${folder}/`), name])
  try {
    linkSync(process.execPath, path)
  } catch {
    copyFileSync(process.execPath, path)
  }
  const pattern = `./${String.fromCharCode(name[0] ?? 0)}*`
  const child = spawn('/bin/sh', ['-c', `exec ${pattern} "$@"`, 'sh', '-e', SERVER], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(Number(line)))
    child.once('close', (code) => reject(new Error(`it ended with ${code}`)))
  })
  return { port, stop: () => child.kill('SIGKILL') }
}

describe.skipIf(skip('hostile names', noAgent))('hostile names of processes', () => {
  const folder = temporaryFolder()
  const started: { port: number; stop(): void }[] = []
  let up: Up
  const flowsOf = (port: number) =>
    eventually(`three connections to ${port}`, async () => {
      const { flows } = await up.get<{ flows: Flow[] }>(
        `/api/v1/flows?limit=1000&filter=${encodeURIComponent(`{server_port="${port}"}`)}`,
      )
      return flows.reduce((sum, f) => sum + f.closes, 0) === 6 ? flows : undefined
    })

  beforeAll(async () => {
    up = await startUp(join(folder.path, 'data'))
    await eventually('the agent', async () => {
      const { nodes } = await up.get<NodesAnswer>('/api/v1/nodes')
      return nodes.length > 0 ? nodes : undefined
    })
    const programs = join(folder.path, 'programs')
    mkdirSync(programs)
    for (const [, name] of names) started.push(await startNamed(programs, name))
  })
  afterAll(async () => {
    for (const child of started) child.stop()
    await up?.stop()
    folder.remove()
  })

  it.each(names.map(([what, , name], i) => [what, name, i] as const))(
    '%s: the rows hold %j, and it can be asked for',
    async (_, name, i) => {
      const { port = 0 } = started[i] ?? {}
      const flows = await flowsOf(port)
      expect([...new Set(flows.map((f) => f.process))]).toEqual([name])
      expect(name).not.toMatch(UNSAFE)
      const filter = encodeURIComponent(`{client_process=${JSON.stringify(name)},server_port="${port}"}`)
      const { edges } = await up.get<{ edges: { connects: number }[] }>(`/api/v1/edges?filter=${filter}`)
      expect(edges.map((e) => e.connects)).toEqual([3])
      const { values } = await up.get<{ values: string[] }>('/api/v1/values?label=server_process&limit=1000')
      expect(values).toContain(name)
    },
  )

  it('are listeners of the node by safe names too', async () => {
    const listeners = await eventually('all listeners', async () => {
      const { nodes } = await up.get<NodesAnswer>('/api/v1/nodes')
      const ours = started.map(({ port }) => nodes[0]?.listeners.find((l) => l.port === port)?.process)
      return ours.includes(undefined) ? undefined : ours
    })
    expect(listeners).toEqual(names.map(([, , name]) => name))
  })

  it.each(['table', 'json', 'jsonl'])(
    'headwater flows -o %s prints nothing that steers the terminal',
    async (output) => {
      for (const { port } of started) await flowsOf(port)
      const args = ['flows', '--data-dir', up.dataDir, '--url', up.url, '--since', '5m', '-o', output]
      args.push('--filter', `{server_port=~"${started.map((s) => s.port).join('|')}"}`)
      const { code, stdout } = await run(args)
      expect(code).toBe(0)
      expect(stdout.replaceAll('\n', '')).not.toMatch(UNSAFE)
      for (const [what, , name] of names.slice(0, 5)) expect(stdout, what).toContain(name)
      if (output !== 'table') return
      const lines = stdout.trimEnd().split('\n').slice(1)
      expect(lines.filter((line) => !/^\d\d:\d\d:\d\d\.\d{3} {2}/.test(line))).toEqual([])
    },
  )

  it('of the log: nothing steers whoever reads it', () => {
    expect(up.stderr().replaceAll('\n', '')).not.toMatch(UNSAFE)
  })
})
