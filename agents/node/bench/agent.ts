// What the agent costs the work that it watches, and itself: CPU per operation with and without it, in paired rounds; runs of its
// programs by the kernel's own count; its CPU per record; its memory. docs/overhead.md. As root; about 4 minutes a profile.
// npm run bench -- agent [--profile tcp,standard,full] [--modes storm,rr,stream,udp ('': none)] [--rounds N] [--seconds S]
//   [--path veth|loopback] [--sockets N (0: none)] [--own-seconds S (0: none)] [--node-flags '--a --b' (for the agent)]
// Last line: one JSON object.
import { parseArgs } from 'node:util'
import { profiles as known, type Profile } from '@headwater/native'
import type { LoadMode } from '@headwater/native/testing'
import { AgentProcess } from './agent/agent-process.ts'
import { Ground, machine, othersWithPrograms, say } from './agent/ground.ts'
import { memory } from './agent/memory.ts'
import { ownCost } from './agent/own-cost.ts'
import { programRuns } from './agent/programs.ts'
import { type ProfileResult, table } from './agent/report.ts'
import { MODES, pairedRounds } from './agent/rounds.ts'

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'tcp,standard,full' },
    modes: { type: 'string', default: MODES.join(',') },
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '1' },
    path: { type: 'string', default: 'veth' },
    sockets: { type: 'string', default: '200000' },
    'own-seconds': { type: 'string', default: '6' },
    'node-flags': { type: 'string', default: '' },
  },
})
const askedModes = values.modes.split(',').filter((mode) => mode !== '')
const modes = askedModes.filter((mode): mode is LoadMode => (MODES as readonly string[]).includes(mode))
const chosen = values.profile
  .split(',')
  .filter((profile): profile is Profile => (known as readonly string[]).includes(profile))
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const sockets = Number(values.sockets)
const ownSeconds = Number(values['own-seconds'])

const asked = askedModes.length + values.profile.split(',').length
if (modes.length + chosen.length !== asked || !(rounds > 0) || !(seconds > 0)) {
  say(`modes are ${MODES.join(', ')}; profiles are ${known.join(', ')}; rounds and seconds are above 0`)
  process.exit(2)
}
if (process.getuid?.() !== 0) {
  say('the probe needs root')
  process.exit(1)
}

AgentProcess.nodeFlags = values['node-flags'].split(' ').filter((flag) => flag !== '')
const others = othersWithPrograms()
if (others.length > 0) say(`WARNING: others have BPF programs loaded, all rounds pay for them: ${others.join(', ')}`)
const ground = Ground.make(values.path)
const profiles: Record<string, ProfileResult> = {}
try {
  for (const profile of chosen) {
    const ratios = modes.length === 0 ? {} : await pairedRounds(ground, profile, modes, { rounds, seconds })
    const programs = await programRuns(ground, profile, modes, Math.max(2, seconds))
    const result: ProfileResult = { ratios, programs }
    if (ownSeconds > 0) {
      result.agent = {
        columns: await ownCost(ground, profile, 'columns', ownSeconds),
        arrow: await ownCost(ground, profile, 'arrow', ownSeconds),
        bus: await ownCost(ground, profile, 'bus', ownSeconds),
      }
    }
    if (sockets > 0) result.memory = await memory(ground, profile, sockets)
    profiles[profile] = result
    table(profile, result)
  }
} finally {
  ground.remove()
}
const run = { node_flags: values['node-flags'], path: values.path, rounds, seconds, pairs: rounds * 2 }
console.log(JSON.stringify({ bench: 'agent', machine: machine(), others, ...run, profiles }))
