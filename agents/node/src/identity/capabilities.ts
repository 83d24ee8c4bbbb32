import { readFileSync } from 'node:fs'
import type { Capability } from '@headwater/contracts'
import type { Containers } from './containers/containers.js'

/** Bit of capabilities(7). */
const CAP_SYS_PTRACE = 19n

/** Whether a process with this /proc/PID/status may read the environment of others (ptrace(2), "Ptrace access mode checking"). */
export function mayReadOthers(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_PTRACE) & 1n) === 1n
}

const environ = (ok: boolean): Capability => ({
  name: 'environ',
  ok,
  required: false,
  reason: ok ? '' : 'CAP_SYS_PTRACE is missing',
  lost: ok ? '' : "OTEL_SERVICE_NAME of other users' processes: their unit, container or executable names them",
  fix: ok ? '' : 'Give the agent the capability SYS_PTRACE.',
})

const docker = (problem: string): Capability => ({
  name: 'docker',
  ok: problem === '',
  required: false,
  reason: problem,
  lost: problem === '' ? '' : 'names, images and labels of containers',
  fix:
    problem === ''
      ? ''
      : 'Let the agent read and write the socket of agent.docker-socket, or turn it off by an empty one.',
})

/** What the agent can learn of processes, for its capability report. An engine is listed where its socket is. */
export function identityCapabilities({ problem }: Containers, status = ownStatus()): Capability[] {
  return problem === undefined ? [environ(mayReadOthers(status))] : [environ(mayReadOthers(status)), docker(problem)]
}

const ownStatus = (): string => {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return ''
  }
}
