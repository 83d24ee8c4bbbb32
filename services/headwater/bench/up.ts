// What `headwater up` costs and how fresh its map is: start to URL, idle CPU and memory, close to visible.
// npm run bench -- up [SECONDS of idling, default 60]
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cpuSeconds, memoryKib, parentOf } from '@headwater/contracts/testing'

const STARTS = 5
const CONNECTIONS = 40
const idleSeconds = Number(process.argv[2] ?? 60)
const start = fileURLToPath(new URL('../../../scripts/start.mjs', import.meta.url))

interface Up {
  url: string
  token: string
  readyMs: number
  child: ChildProcess
}

/** The same way as `npm start` on a built checkout. */
async function startUp(dataDir: string): Promise<Up> {
  const begin = performance.now()
  const child = spawn(process.execPath, [start, '--data-dir', dataDir, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += chunk
    const [, url, token] = /ready: {2}(http:\S+)\/#token=(\S+)/.exec(said) ?? []
    if (url !== undefined && token !== undefined) {
      child.stdout.resume()
      return { url, token, readyMs: Math.round(performance.now() - begin), child }
    }
  }
  throw new Error(`headwater up ended: ${said}`)
}

const stop = async ({ child }: Up) => {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  await ended
}

/** Every process below the supervisor, by name. */
function processes(supervisor: number): Map<string, { cpuSeconds: number; pssKib: number }> {
  const parents = new Map<number, number>()
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    try {
      parents.set(pid, parentOf(pid))
    } catch {
      // Ended while being looked at.
    }
  }
  const below = (pid: number): boolean => pid === supervisor || (parents.has(pid) && below(parents.get(pid) as number))
  const found = new Map<string, { cpuSeconds: number; pssKib: number }>()
  for (const pid of [...parents.keys()].filter(below)) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    const name = /child-(\w+)|headwater-(store)|headwater\.js (up)/.exec(command)?.slice(1).find(Boolean) ?? command
    found.set(name, { cpuSeconds: cpuSeconds(pid), pssKib: memoryKib(pid, 'Pss') })
  }
  return found
}

/** Milliseconds from the close of a connection to the first answer of /api/v1/map that has it. */
async function freshness({ url, token }: Up, port: number): Promise<number> {
  const accepts = async () => {
    const filter = encodeURIComponent(`{server_port="${port}"}`)
    const answer = await fetch(`${url}/api/v1/map?from=now-5m&filter=${filter}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const map = (await answer.json()) as { edges: { connects: number }[] }
    return map.edges.reduce((sum, edge) => sum + edge.connects, 0)
  }
  const before = await accepts()
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end('ping'))
    socket
      .resume()
      .once('close', () => resolve())
      .once('error', reject)
  })
  const closed = performance.now()
  while ((await accepts()) === before) await sleep(20)
  return performance.now() - closed
}

const quantile = (values: number[], q: number) =>
  Math.round([...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0)
const spread = (values: number[]) => ({
  median: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  max: Math.round(Math.max(...values)),
})

const dataDir = mkdtempSync(join(tmpdir(), 'headwater-bench-'))
const server = createServer((socket) => socket.resume().on('end', () => socket.end('pong'))).listen(0, '127.0.0.1')
try {
  const starts: number[] = []
  for (let i = 0; i < STARTS; i++) {
    const up = await startUp(dataDir)
    starts.push(up.readyMs)
    await stop(up)
  }
  const up = await startUp(dataDir)
  await sleep(10_000)
  const pid = up.child.pid as number
  const before = processes(pid)
  process.stderr.write(`idling for ${idleSeconds} s\n`)
  await sleep(idleSeconds * 1000)
  const after = processes(pid)
  const percent = (name: string) =>
    ((after.get(name)?.cpuSeconds ?? 0) - (before.get(name)?.cpuSeconds ?? 0)) / idleSeconds / 0.01
  const names = [...after.keys()]
  const round = (x: number) => Math.round(x * 100) / 100
  const visible: number[] = []
  const { port } = server.address() as { port: number }
  for (let i = 0; i < CONNECTIONS; i++) {
    visible.push(await freshness(up, port))
    await sleep(Math.random() * 1500)
  }
  await stop(up)
  const result = {
    bench: 'up',
    start_to_url_ms: spread(starts),
    idle_seconds: idleSeconds,
    idle_cpu_percent: Object.fromEntries(names.map((name) => [name, round(percent(name))])),
    idle_cpu_percent_sum: round(names.reduce((sum, name) => sum + percent(name), 0)),
    pss_mb: Object.fromEntries(names.map((name) => [name, Math.round((after.get(name)?.pssKib ?? 0) / 1024)])),
    pss_mb_sum: Math.round(names.reduce((sum, name) => sum + (after.get(name)?.pssKib ?? 0), 0) / 1024),
    close_to_api_ms: spread(visible),
  }
  console.log(JSON.stringify(result))
} finally {
  server.close()
  rmSync(dataDir, { recursive: true, force: true })
}
