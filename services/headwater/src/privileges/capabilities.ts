import { readFileSync } from 'node:fs'

/** Bits of capabilities(7). */
const CAP_SYS_ADMIN = 21n
const CAP_PERFMON = 38n
const CAP_BPF = 39n

/** Whether a process with this /proc/PID/status may load kernel programs. */
export function mayLoadPrograms(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  if (effective === undefined) return false
  const bits = BigInt(`0x${effective}`)
  const has = (bit: bigint) => ((bits >> bit) & 1n) === 1n
  return has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON))
}

/** Whether this process may. A root without the capabilities (in a container) learns the reason from the kernel. */
export function hasAgentPrivilege(): boolean {
  if (process.getuid?.() === 0) return true
  try {
    return mayLoadPrograms(readFileSync('/proc/self/status', 'utf8'))
  } catch {
    return false
  }
}
