import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { UserError } from '@headwater/contracts/runtime'

/** Programs that build the lab's network, with the Debian package of each. */
const packages: Record<string, string> = {
  ip: 'iproute2',
  tc: 'iproute2',
  iptables: 'iptables',
  'iptables-restore': 'iptables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  ethtool: 'ethtool',
}

const FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin']

const find = (name: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), ...FOLDERS]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/** @throws UserError where this is not Linux, not root, or a program is missing */
export function checkRequirements({ exactCounters }: { exactCounters: boolean }): void {
  if (process.platform !== 'linux') {
    throw new UserError(
      'lab-linux',
      `The lab is made of Linux network namespaces, and this is ${process.platform}.`,
      '',
    )
  }
  if (process.getuid?.() !== 0) {
    const line = `sudo ${process.execPath} ${process.argv.slice(1).join(' ')}`
    throw new UserError(
      'lab-root',
      'The lab needs root: it makes network namespaces, in which alone it works.',
      `Run this as root:\n\n    ${line}`,
    )
  }
  const needed = Object.keys(packages).filter((name) => exactCounters || name !== 'ethtool')
  const missing = needed.filter((name) => find(name) === undefined)
  if (missing.length === 0) return
  const debian = [...new Set(missing.map((name) => packages[name]))].join(' ')
  throw new UserError(
    'lab-tools',
    `The lab needs ${missing.join(', ')}, which this machine does not have.`,
    `Install what is missing:\n\n    apt-get install -y --no-install-recommends ${debian}`,
  )
}

/** Runs a program to its end. @returns what it printed. @throws with what it said where it fails */
export function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = find(program) ?? program
    const child = execFile(path, args, { timeout: 10_000, maxBuffer: 2 ** 22 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const said = stderr.trim() === '' ? error.message : stderr.trim()
      reject(new Error(`${program} ${args.join(' ')}: ${said}`, { cause: error }))
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

/** Full path of a program, for a spawn of one's own. */
export const pathOf = (program: string): string => find(program) ?? program
