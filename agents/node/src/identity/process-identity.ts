import { serviceOfUnit } from './cgroup.js'
import { type Container, NO_CONTAINER } from './containers/container.js'
import { type DeclaredName, UNDECLARED } from './otel.js'

/**
 * Who a process is: one object per process, which all of its connections and listeners hold, so that a row costs a pointer. It is
 * filled in place: what is learnt later shows in the next row of connections that are open.
 */
export class ProcessIdentity {
  /** Unix ms; 0 where unknown. */
  start = 0
  unit = ''
  container: Readonly<Container> = NO_CONTAINER
  declared: DeclaredName = UNDECLARED
  #unitService = ''

  /** @param process its name: of the executable, else of the command @param own /proc told of this very process */
  constructor(
    readonly process: string,
    readonly own: boolean,
  ) {}

  /** Puts it where its cgroup is. */
  place(unit: string, container: Readonly<Container>): void {
    this.container = container
    if (unit === this.unit) return
    this.unit = unit
    this.#unitService = serviceOfUnit(unit)
  }

  /** The service that it is, by the surest that is known; '' where nothing is. */
  get service(): string {
    return this.declared.service || this.#unitService || this.container.service || this.process
  }

  /** How `service` is known: otel, unit, container or process; '' where it is not. */
  get serviceSource(): string {
    if (this.declared.service !== '') return 'otel'
    if (this.#unitService !== '') return 'unit'
    if (this.container.service !== '') return 'container'
    return this.process === '' ? '' : 'process'
  }

  get namespace(): string {
    return this.declared.namespace || this.container.namespace
  }
}

/** Of a socket whose process nobody knows. */
export const NOBODY = new ProcessIdentity('', false)
