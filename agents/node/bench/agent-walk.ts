// What the walks over open connections cost: one over 20,000 sockets in a network namespace, and an agent on a node with 200 namespaces
// and 20,000 sockets at its default interval. docs/overhead.md. As root; about 3 minutes.
// npm run bench -- agent-walk [--sockets N] [--walks N] [--namespaces N (0: none)] [--seconds S]
// Last line: one JSON object.
import { parseArgs } from 'node:util'
import { machine, othersWithPrograms, say } from './agent/ground.ts'
import { manyNamespaces, oneNamespace } from './agent/walks.ts'

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '20000' },
    walks: { type: 'string', default: '20' },
    namespaces: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
  },
})
const sockets = Number(values.sockets)
const namespaces = Number(values.namespaces)
if (process.getuid?.() !== 0) {
  say('the probe needs root')
  process.exit(1)
}
const others = othersWithPrograms()
if (others.length > 0) say(`WARNING: others have BPF programs loaded: ${others.join(', ')}`)

const one = await oneNamespace(sockets, Number(values.walks))
for (const [name, { cpu_ms, ms, records, program_runs, program_ms, program_ns_per_run }] of Object.entries(one)) {
  say(
    `one namespace, ${sockets} sockets, ${name}: ${cpu_ms.median} ms of CPU a walk (${cpu_ms.quartiles.join(' - ')}), ` +
      `${ms.median} ms long, ${records} records; the program: ${program_ms} ms in ${program_runs} runs of ${program_ns_per_run} ns`,
  )
}
const many = namespaces > 0 ? await manyNamespaces(namespaces, sockets, Number(values.seconds)) : undefined
if (many !== undefined) {
  say(
    `${namespaces} namespaces, ${sockets} sockets: ${many.unchanged_percent} % of a core unchanged, ${many.changed_percent} % all changed, ` +
      `${many.without_percent} % without them (${many.known} connections known); ` +
      `a walk: ${many.walk_cpu_ms.median} ms of CPU, of this the programs ${many.walk_program_ms} ms`,
  )
}
console.log(
  JSON.stringify({ bench: 'agent-walk', machine: machine(), others, one_namespace: one, many_namespaces: many }),
)
