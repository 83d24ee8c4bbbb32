import { NameLength, safeName } from '../safe-name.js'

const MAX_LABELS = 32
const MAX_KEY = 128
const MAX_VALUE = 256
/** Of all labels of a container together, in UTF-16 units: they go into a message for each listener. */
const MAX_LABELS_LENGTH = 4096

/** What a runtime tells of a container, as it says it: nothing of it is trusted. */
export interface ContainerFacts {
  id: string
  name: string
  image: string
  labels: ReadonlyMap<string, string>
}

/** Labels that name the service and its namespace, the surest first: of docker compose, and of Kubernetes by way of cri-dockerd. */
const SERVICE_LABELS = ['com.docker.compose.service', 'io.kubernetes.container.name']
const NAMESPACE_LABELS = ['com.docker.compose.project', 'io.kubernetes.pod.namespace']

/** A container, one object for all its processes: its names are empty until its runtime tells them. */
export class Container {
  name = ''
  image = ''
  labels: Readonly<Record<string, string>> = {}
  /** By its labels, else its name. */
  service = ''
  namespace = ''

  constructor(readonly id: string) {}

  /** @returns how many labels were left out for their number or length */
  tell(facts: ContainerFacts): number {
    const labelled = (keys: string[]) => keys.map((key) => facts.labels.get(key) ?? '').find((v) => v !== '') ?? ''
    this.name = safeName(facts.name, NameLength.service)
    this.image = safeName(facts.image, NameLength.image)
    this.service = safeName(labelled(SERVICE_LABELS), NameLength.service) || this.name
    this.namespace = safeName(labelled(NAMESPACE_LABELS), NameLength.service)
    const labels = boundedLabels(facts.labels)
    // The same object as long as they are the same, so that whoever holds it sees whether they changed.
    if (JSON.stringify(labels) !== JSON.stringify(this.labels)) this.labels = labels
    return facts.labels.size - Object.keys(labels).length
  }
}

export const NO_CONTAINER: Readonly<Container> = Object.freeze(new Container(''))

/** A label that would have to be cut is left out: half a value may mean something else. */
function boundedLabels(all: ReadonlyMap<string, string>): Record<string, string> {
  const kept: [string, string][] = []
  let left = MAX_LABELS_LENGTH
  for (const [key, value] of all) {
    const length = key.length + value.length
    if (kept.length === MAX_LABELS || key.length > MAX_KEY || value.length > MAX_VALUE || length > left) continue
    if (key === '' || key === '__proto__') continue
    kept.push([safeName(key, MAX_KEY), safeName(value, MAX_VALUE)])
    left -= length
  }
  return Object.fromEntries(kept)
}
