import { BoundedMap } from './bounded-map.js'
import { type CgroupPlace, NOWHERE } from './cgroup.js'
import { NO_CONTAINER } from './containers/container.js'
import type { Containers } from './containers/containers.js'
import { type DeclaredName, UNDECLARED } from './otel.js'
import { ProcessIdentity } from './process-identity.js'

const MAX_CGROUPS = 4096
/** Executables of one cgroup; those of all cgroups that tell nothing share one more. */
const MAX_NAMES = 256
/** Inode of the cgroup v2 root: on hybrid hosts every process may sit there. */
const ROOT_CGROUP = 1

interface Executable {
  identity: ProcessIdentity
  /** What its processes declared; undefined where none has, or they differ. */
  declared: DeclaredName | undefined
  differ: boolean
}

interface Cgroup {
  place: CgroupPlace
  /** Its processes are in several units or containers: hybrid hosts, where version 1 alone tells them apart. */
  mixed: boolean
  executables: BoundedMap<string, Executable>
}

function forget(identity: ProcessIdentity): void {
  identity.place('', NO_CONTAINER)
  identity.declared = UNDECLARED
}

const emptyCgroup = (): Cgroup => ({ place: NOWHERE, mixed: false, executables: new BoundedMap(MAX_NAMES) })

/**
 * What processes that could be read have told of others in their cgroup: a process that is gone has its unit and container, and the
 * declared name of the same executable there, as long as all of them agree. A wrong name is worse than none.
 */
export class Cgroups {
  readonly #cgroups = new BoundedMap<number, Cgroup>(MAX_CGROUPS)
  readonly #nowhere = emptyCgroup()

  constructor(private readonly containers: Containers) {}

  /** Who a process is that cannot be read: one object for all of the same name in the cgroup. */
  unread(id: number, process: string): ProcessIdentity {
    const known = this.#cgroups.get(id)
    const cgroup = known === undefined || known.mixed ? this.#nowhere : known
    return this.#executable(cgroup, process).identity
  }

  /** @param declared undefined where it could not be read */
  learn(id: number, process: string, place: CgroupPlace, declared: DeclaredName | undefined): void {
    // A cgroup of no workload (a session) holds anything, under the same few names.
    if (id <= ROOT_CGROUP || (place.unit === '' && place.container === '')) return
    const cgroup = this.#cgroups.get(id) ?? { ...emptyCgroup(), place }
    this.#cgroups.set(id, cgroup)
    if (cgroup.place.unit !== place.unit || cgroup.place.container !== place.container) cgroup.mixed = true
    if (cgroup.mixed) {
      for (const { identity } of cgroup.executables.values()) forget(identity)
      cgroup.executables.clear()
      return
    }
    const executable = this.#executable(cgroup, process)
    if (declared === undefined) return
    executable.declared ??= declared
    const { service, namespace } = executable.declared
    if (service !== declared.service || namespace !== declared.namespace) executable.differ = true
    executable.identity.declared = executable.differ ? UNDECLARED : declared
  }

  #executable(cgroup: Cgroup, process: string): Executable {
    let executable = cgroup.executables.get(process)
    if (executable === undefined) {
      executable = { identity: new ProcessIdentity(process, false), declared: undefined, differ: false }
      executable.identity.place(cgroup.place.unit, this.containers.of(cgroup.place.container))
      cgroup.executables.set(process, executable)
    }
    return executable
  }
}
