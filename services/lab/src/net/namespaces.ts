import { Namespace } from './namespace.js'

/** The lab's namespaces by name. */
export class Namespaces {
  readonly #all = new Map<string, Namespace>()

  async start(names: readonly string[]): Promise<void> {
    for (const name of names) this.#all.set(name, new Namespace(name))
    await Promise.all([...this.#all.values()].map((namespace) => namespace.start()))
  }

  find(name: string): Namespace | undefined {
    return this.#all.get(name)
  }

  get(name: string): Namespace {
    const namespace = this.find(name)
    if (namespace === undefined) throw new Error(`the lab has no namespace ${name}`)
    return namespace
  }

  all(): Namespace[] {
    return [...this.#all.values()]
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((namespace) => namespace.stop()))
    this.#all.clear()
  }
}
