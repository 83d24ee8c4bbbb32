import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/** Packages and files that a process of its own has loaded after `imports`, and which of Node's own parts. */
async function loadedBy(...imports: string[]): Promise<{ packages: string[]; files: string[]; parts: string[] }> {
  const code = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    for (const one of ${JSON.stringify(imports)}) await import(one)
    const packages = urls.map((url) => /node_modules\\/((?:@[^/]*\\/)?[^/]*)\\/(?!.*node_modules)/.exec(url)?.[1])
    const files = urls.map((url) => /\\/((?:native|agents|services)\\/.*)/.exec(url)?.[1])
    const some = (names) => [...new Set(names.filter((name) => name !== undefined))].sort()
    console.log(JSON.stringify({ packages: some(packages), files: some(files), parts: process.moduleLoadList }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: import.meta.dirname,
  })
  return JSON.parse(stdout)
}

const role = '../dist/roles/agent'

it('an agent on the local bus loads what it writes with, and nothing that only readers, Kafka or browsers need', async () => {
  const { packages, parts } = await loadedBy(`${role}/child.js`, `${role}/part.js`, '@headwater/bus/local-producer')
  expect(packages).toEqual(['apache-arrow', 'flatbuffers', 'tslib'])
  expect(parts.filter((part) => part.includes('undici'))).toEqual([])
  const { parts: withMetrics } = await loadedBy('../dist/roles/health-server.js', `${role}/metrics.js`)
  expect(withMetrics.filter((part) => part.includes('undici'))).toEqual([])
})

it('an agent on Kafka loads its client alone beside that', async () => {
  const { packages } = await loadedBy(`${role}/part.js`, '@headwater/bus/kafka-producer')
  expect(packages).toEqual(['apache-arrow', 'flatbuffers', 'kafkajs', 'tslib'])
})

it("the agent of the benchmarks loads the same but for the command's own files", async () => {
  const [command, bench] = await Promise.all([
    loadedBy(`${role}/child.js`, `${role}/part.js`, '@headwater/bus/local-producer'),
    loadedBy('@headwater/contracts/memory', '@headwater/agent-node', '@headwater/bus/local-producer'),
  ])
  const own = (file: string) =>
    file.startsWith('services/headwater/') || file === 'services/contracts/dist/runtime/runtime.js'
  expect(bench.packages).toEqual(command.packages)
  expect(command.files.filter((file) => !own(file))).toEqual(bench.files.filter((file) => !own(file)))
})
