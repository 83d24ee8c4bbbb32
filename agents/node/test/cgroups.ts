import { mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where cgroup version 2 is mounted (proc(5)), or undefined. */
export const mount = (): string | undefined =>
  /^.*? - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[0].split(' ')[4]

/** Cgroups of the test's own, under the mount; removed by `end`, once nobody is in them. */
export class TestCgroups {
  readonly #made: string[] = []

  /** Folder of a new one, or why there is none. */
  make(name: string): { folder: string } | { missing: string } {
    const at = mount()
    if (at === undefined) return { missing: 'cgroup version 2 is not mounted' }
    const folder = join(at, name)
    try {
      mkdirSync(folder)
    } catch (error) {
      return { missing: (error as Error).message }
    }
    this.#made.push(folder)
    return { folder }
  }

  async end(): Promise<void> {
    for (const folder of this.#made.splice(0)) {
      // A process that was killed is in it for another moment.
      for (let i = 0; i < 50 && readFileSync(join(folder, 'cgroup.procs'), 'utf8') !== ''; i++)
        await new Promise((r) => setTimeout(r, 20))
      rmdirSync(folder)
    }
  }
}
