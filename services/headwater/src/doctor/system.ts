import { existsSync, readFileSync } from 'node:fs'
import { arch, release } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { mayLoadPrograms } from '../privileges/capabilities.js'
import { type Check, fail, ok, warn } from './check.js'

/** First kernel whose iter/tcp holds the lock of the socket it shows. */
const OLDEST_KERNEL = [5, 15] as const

export function checkKernel(platform: string = process.platform, version: string = release()): Check {
  if (platform !== 'linux') {
    return fail(
      'kernel',
      `this is ${platform}`,
      'The agent needs Linux 5.15 or later; query and console work here with an outside ClickHouse.',
    )
  }
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const enough = major > OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor >= OLDEST_KERNEL[1])
  return enough
    ? ok('kernel', `Linux ${version}, ${arch()}`)
    : fail('kernel', `Linux ${version}`, 'The agent needs Linux 5.15 or later.')
}

export function checkBtf(path = '/sys/kernel/btf/vmlinux'): Check {
  return existsSync(path)
    ? ok('btf', path)
    : fail(
        'btf',
        `${path} is missing`,
        'Use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of current distributions are.',
      )
}

export function checkPrivilege(status = readFileSync('/proc/self/status', 'utf8')): Check {
  if (mayLoadPrograms(status))
    return ok('privilege', process.getuid?.() === 0 ? 'root' : 'CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN')
  const detail = 'this user may not load kernel programs'
  return process.getuid?.() === 0
    ? warn(
        'privilege',
        'root, but without CAP_BPF and CAP_PERFMON',
        'Give the container these capabilities, NET_ADMIN and SYS_PTRACE; or SYS_ADMIN on older engines.',
      )
    : warn('privilege', detail, 'Run this with sudo to see what the agent can do; all else runs without.')
}

const boottimeMs = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000

/** Times of the kernel count from boot: between two looks their distance to the clock must stay. */
export async function checkClock(): Promise<Check> {
  const before = Date.now() - boottimeMs()
  await sleep(300)
  const after = Date.now() - boottimeMs()
  const drift = Math.abs(after - before)
  const fix = 'Run a time service (systemd-timesyncd, chrony).'
  if (after < Date.UTC(2025, 0))
    return fail(
      'clock',
      `it says ${new Date().toISOString()}, and the machine booted ${new Date(after).toISOString()}`,
      fix,
    )
  // /proc/uptime counts in hundredths of a second.
  return drift > 100
    ? warn('clock', `it was moved by ${drift.toFixed(0)} ms within 300 ms`, fix)
    : ok('clock', new Date().toISOString())
}

export function checkNode(version: string = process.versions.node): Check {
  return Number(version.split('.')[0]) >= 24
    ? ok('node', `Node ${version}`)
    : warn('node', `Node ${version}`, 'Headwater is tested on Node 24.')
}
