import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs a command to its end; throws what it says when it fails. */
function sh(command: string): string {
  const [program = '', ...args] = command.split(' ')
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  return stdout
}

/** A network namespace that a bind mount keeps: no process lives in it but those that a test starts there. Its loopback is down. */
export class TestNamespace {
  readonly path: string
  readonly inode: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'hw-netns-'))
  #kept = true

  constructor() {
    this.path = join(this.#folder, 'net')
    writeFileSync(this.path, '')
    sh(`unshare --net=${this.path} true`)
    this.inode = statSync(this.path).ino
  }

  /** Runs a command there, and gives what it prints. */
  run(command: string): string {
    return sh(`nsenter --net=${this.path} ${command}`)
  }

  ip(args: string): string {
    return this.run(`ip ${args}`)
  }

  /** Removes the mount as `ip netns delete` does, also while a file of it is open. The namespace goes when nobody else holds it. */
  remove(): void {
    if (this.#kept) sh(`umount --lazy ${this.path}`)
    this.#kept = false
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Joins two namespaces by a wire with addresses at each end (wire0 of the one, wire1 of the other), and brings their loopbacks up. */
export function wire(one: TestNamespace, two: TestNamespace, addresses: readonly (readonly [string, string])[]): void {
  // Made where it is to be: `one` may have another wire1.
  one.ip(`link add wire0 type veth peer name wire1 netns ${two.path}`)
  for (const [of1, of2] of addresses) {
    // Without a look for duplicates an IPv6 address is there at once.
    one.ip(`addr add ${of1} dev wire0${of1.includes(':') ? ' nodad' : ''}`)
    two.ip(`addr add ${of2} dev wire1${of2.includes(':') ? ' nodad' : ''}`)
  }
  for (const [ns, wire] of [
    [one, 'wire0'],
    [two, 'wire1'],
  ] as const) {
    ns.ip('link set lo up')
    ns.ip(`link set ${wire} up`)
  }
}
