import { NameLength, safeName } from './safe-name.js'

const MAX_LENGTH = 16 * 1024
/** An id of docker, containerd, CRI-O or podman: 64 hex digits, after a prefix (`docker-`, `cri-containerd-`, `libpod-`, `...slice:cri-containerd:`) or none. */
const ID = /(?:^|[^0-9a-f])([0-9a-f]{64})(?![0-9a-f])/
/** The monitor of a container has its id in its name, and is outside of it. */
const MONITOR = /^(?:crio|libpod)-conmon-/
const MANAGER = /^user@\d+\.service$/

/** Where a process is put on its machine: container id and systemd unit, '' for none. */
export interface CgroupPlace {
  container: string
  unit: string
}

export const NOWHERE: CgroupPlace = { container: '', unit: '' }

/** Name of a unit as its cgroup has it: one that would be taken for an attribute of the cgroup stands behind `_`. */
const unescaped = (segment: string): string => (segment.startsWith('_') ? segment.slice(1) : segment)

/**
 * Container and unit of one path, from the outside in. What is inside of a unit belongs to it; a container inside of a unit is
 * merely held by it (containerd.service), and a unit inside of a container is one of its own systemd.
 */
function placeOf(path: string): CgroupPlace {
  const place = { ...NOWHERE }
  for (const segment of path.replace(/ \(deleted\)$/, '').split('/')) {
    const id = MONITOR.test(segment) ? undefined : ID.exec(segment)?.[1]
    if (id !== undefined) {
      place.container = id
      place.unit = ''
    } else if (segment.endsWith('.service')) {
      // The manager of a user, in which every unit of that user is, is no service itself.
      const unit = unescaped(segment)
      place.unit = MANAGER.test(unit) || unit === '.service' ? '' : unit
    }
  }
  return place
}

/**
 * Container and unit in the text of /proc/PID/cgroup (cgroups(7)), `number:controllers:path` a line. Version 1 and hybrid: any
 * line may name the container; the unit is the one of systemd's own hierarchy, else of version 2, else of any.
 */
export function placeIn(text: string): CgroupPlace {
  let container = ''
  const units = ['', '', '']
  const inside = ['', '', '']
  for (const line of text.slice(0, MAX_LENGTH).split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    const place = placeOf(path)
    if (place.container !== '') container = place.container
    const rank = controllers === 'name=systemd' ? 0 : controllers === '' ? 1 : 2
    const all = place.container === '' ? units : inside
    all[rank] ||= place.unit
  }
  // The path that does not lead into the container is the one of who holds it.
  const unit = (container === '' ? units : inside).find((u) => u !== '') ?? ''
  return { container, unit: safeName(unit, NameLength.unit) }
}

/** A unit as the name of a service: without `.service`; an instance of a template keeps its instance. */
export const serviceOfUnit = (unit: string): string =>
  safeName(unit.endsWith('.service') ? unit.slice(0, -'.service'.length) : unit, NameLength.service)
