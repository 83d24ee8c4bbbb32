import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DemoAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processStart } from '../src/self/process.js'
import {
  apiOf,
  eventually,
  noAgent,
  type Running,
  readyOf,
  run,
  skip,
  start,
  temporaryFolder,
} from './support/headwater.js'

/** Processes of a lab, by their command lines: its services, and its DNS server. */
const labProcesses = () =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /lab\/dist\/(service|dns)\/main\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    } catch {
      return false
    }
  })

/** There is one lab on a machine, and it may be somebody's who looks at it. */
function labRuns(): string | undefined {
  try {
    const { pid, start: since } = JSON.parse(readFileSync('/run/headwater-lab.lock', 'utf8'))
    return processStart(pid) === since ? `another lab runs on this machine (process ${pid})` : undefined
  } catch {
    return undefined
  }
}

describe.skipIf(skip('headwater demo', noAgent ?? labRuns()))('headwater demo', () => {
  const folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const others = labProcesses()
  let demo: Running
  let get: ReturnType<typeof apiOf>
  const ask = (...words: string[]) => run(['demo', ...words, '--data-dir', dataDir])

  beforeAll(async () => {
    demo = start(['demo', '--data-dir', dataDir, '--listen', '127.0.0.1:0'])
    get = apiOf(
      await readyOf(demo).catch(async (cause) => {
        await demo.stop('SIGKILL')
        throw new Error('headwater demo', { cause })
      }),
    )
  })
  afterAll(async () => {
    await demo?.stop()
    folder.remove()
  })

  it('has an agent on each node of the lab, at its place', async () => {
    const nodes = await eventually('six agents', async () => {
      const answer = await get<{ nodes: Record<string, string>[] }>('/api/v1/nodes')
      return answer.nodes.length === 6 ? answer.nodes : undefined
    })
    expect(nodes.map(({ cluster, node, zone, region }) => [cluster, node, zone, region]).sort()).toEqual([
      ['data', 'data-1', 'us-1a', 'us-1'],
      ['data', 'data-2', 'us-1a', 'us-1'],
      ['pay', 'pay-1', 'eu-1a', 'eu-1'],
      ['pay', 'pay-2', 'eu-1b', 'eu-1'],
      ['shop', 'shop-1', 'eu-1a', 'eu-1'],
      ['shop', 'shop-2', 'eu-1b', 'eu-1'],
    ])
    const status = await get<{ agent: { state: string } }>('/api/v1/status')
    expect(status.agent.state).toBe('running')
  })

  it('sees what the services do, and nothing of this machine', async () => {
    const flows = await eventually('flows of the lab', async () => {
      const answer = await get<{ flows: Record<string, unknown>[] }>('/api/v1/flows?from=now-5m&self=1&limit=2000')
      const nodes = new Set(answer.flows.map((flow) => flow.node))
      if (nodes.size < 6) throw new Error(`only of ${[...nodes].join(', ')}`)
      return answer.flows
    })
    // What has a connection on loopback is this machine, above all its own API.
    expect(flows.filter((flow) => String(flow.local_ip).startsWith('127.'))).toEqual([])
    expect(new Set(flows.map((flow) => flow.cluster))).toEqual(new Set(['shop', 'pay', 'data']))
    expect(flows.some((flow) => flow.local_ip === '10.1.1.10' && flow.remote_ip === '198.51.100.7')).toBe(true)
  })

  it('lists its faults, and switches them', async () => {
    const list = await ask('faults')
    expect([list.code, list.stdout.trim().split('\n').length]).toEqual([0, 12])
    expect(list.stdout).toMatch(/^refused +off /)
    const on = await ask('fault', 'refused', 'on')
    expect([on.code, on.stdout]).toEqual([0, expect.stringMatching(/^refused +on /)])
    const { faults } = await get<DemoAnswer>('/api/v1/demo')
    expect(faults.filter((fault) => fault.on).map((fault) => fault.id)).toEqual(['refused'])
    const refused = await eventually('a refused connection', async () => {
      const answer = await get<{ flows: Record<string, unknown>[] }>('/api/v1/flows?from=now-1m&limit=2000')
      return answer.flows.find((flow) => flow.failure_reason === 'refused')
    })
    expect([refused.node, refused.remote_ip]).toEqual(['shop-2', '10.2.1.10'])
    expect((await ask('fault', 'refused', 'off')).stdout).toMatch(/^refused +off /)
    const json = await ask('faults', '--json')
    expect(JSON.parse(json.stdout)).toHaveLength(12)
  })

  it('says what is wrong with a fault', async () => {
    const unknown = await ask('fault', 'earthquake', 'on')
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toMatch(/headwater: id: there is no fault "earthquake"; allowed are refused, dropped/)
    const half = await ask('fault', 'refused', 'perhaps')
    expect(half.code).toBe(2)
    expect(half.stderr).toContain('on or off')
    const nowhere = await run(['demo', 'faults', '--data-dir', join(folder.path, 'none')])
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('No demo runs')])
  })

  it('keeps a second one away, and names the first', async () => {
    // Another folder would not help: of labs there is one.
    for (const dir of [dataDir, join(folder.path, 'second')]) {
      const second = await run(['demo', '--data-dir', dir, '--listen', '127.0.0.1:0'])
      expect(second.code).toBe(1)
      expect(second.stderr).toContain(`Another lab runs on this machine (process ${demo.child.pid}`)
      expect(second.stderr).toContain(`kill ${demo.child.pid}`)
      expect(second.stderr).not.toContain('of its own with --data-dir')
    }
    expect(existsSync(join(folder.path, 'second'))).toBe(false)
    await get('/api/v1/status')
  })

  it('asks for root', () => {
    const at = (path: string) => JSON.stringify(new URL(`../dist/${path}`, import.meta.url).href)
    // Root until the code is loaded: another user may not be able to read this checkout.
    const code = `
      const { loadConfig } = await import(${at('config/load.js')})
      const { demoCommand } = await import(${at('demo/command.js')})
      process.setuid(65534)
      await demoCommand(loadConfig({ env: {} })).catch((e) => console.log(e.code, e.message, e.fix))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    expect(stdout).toMatch(/^lab-root The lab needs root.*\n\n {4}sudo /s)
  })

  it('ends, and leaves no process behind', async () => {
    expect(await demo.stop()).toBe(0)
    expect(labProcesses().filter((pid) => !others.includes(pid))).toEqual([])
    expect(existsSync(join(dataDir, 'demo.json'))).toBe(false)
  })
})
