import type { Address } from '../identity/addresses.js'
import type { End } from '../identity/connections.js'
import { type Holder, nobody, type Owner } from '../identity/endpoint-table.js'
import type { Observer } from './observers.js'
import { type Place, pathBetween } from './path-class.js'
import type { Remote } from './remote.js'

const noFacts = { name: '', zone: '', region: '', cluster: '' }
/** In no scope yet. */
const unnumbered = { number: 0, scope: 0 }

/** The first that says where it is: a zone is nothing without its region. */
const placed = (a: Place, b: Place): Place => (a.zone === '' && a.region === '' ? b : a)
const placeIn = ({ zone, region }: Place): Place => ({ zone, region })
const ownerIn = ({ process, service, namespace, container }: Owner): Owner => ({
  process,
  service,
  namespace,
  container,
})

/** What an observer's rows say of the other end, once it is known who that is: each is made once, and given again. */
export class RemoteView {
  constructor(private readonly observer: Observer) {}

  /** One that told of this connection itself. @param netns of the row */
  told(end: End, address: Address, netns: number): Remote {
    const { told } = this.observer
    const sameStack = this.#isSameStack(end, address, netns)
    const known = told.get(end)
    // Of processes in several network namespaces that call it, each sees the same.
    if (known !== undefined && known.address === address && known.sameStack === sameStack) return known.remote
    const remote = this.#seen(end, address, sameStack)
    if (known === undefined) {
      told.set(end, { address, sameStack, remote })
      this.observer.grew()
    } else {
      known.address = address
      known.sameStack = sameStack
      known.remote = remote
    }
    return remote
  }

  /** One that holds the address. @param stacks that it may be in, `at` among them @param owner of them the one at the port; `nobody` where that is not known */
  held(at: Holder, stacks: readonly Holder[], owner: Owner, address: Address, netns: number): Remote {
    const end = { ...at, ...ownerIn(owner) }
    if (this.#isOwnNode(at)) {
      const sameStack = stacks.some((stack) => this.#isSameStack(stack, address, netns))
      return this.#seen(end, address, sameStack)
    }
    // On another node, and the same from all network namespaces of this one.
    const { seen } = this.observer
    const key = owner === nobody ? at : owner
    const known = seen.get(key)
    if (known !== undefined && known.at === at && known.address === address) return known.remote
    const remote = this.#seen(end, address, false)
    seen.set(key, { at, address, remote })
    this.observer.grew()
    return remote
  }

  /** One that no agent is at. */
  nameless(address: Address): Remote {
    const { nameless } = this.observer
    let remote = nameless.get(address)
    if (remote === undefined) {
      remote = this.#fromTable(address)
      nameless.set(address, remote)
      this.observer.grew()
    }
    return remote
  }

  #isOwnNode({ node, cluster }: Pick<End, 'node' | 'cluster'>): boolean {
    const { meta } = this.observer
    return node === meta.node && cluster === meta.cluster
  }

  #isSameStack(end: Pick<End, 'netns' | 'node' | 'cluster'>, address: Address, netns: number): boolean {
    return address.kind === 'loopback' || (end.netns === netns && this.#isOwnNode(end))
  }

  /** @param sameStack whether it is in the network stack that sees it */
  #seen(end: End, address: Address, sameStack: boolean): Remote {
    const facts = address.facts ?? noFacts
    const place = placed(end, facts)
    const path = sameStack ? 'loopback' : this.#isOwnNode(end) ? 'same-node' : pathBetween(this.observer.meta, place)
    const service = end.service !== '' ? end.service : facts.name !== '' ? facts.name : address.text
    return {
      ...ownerIn(end),
      service,
      node: end.node,
      cluster: end.cluster,
      ...placeIn(place),
      path,
      ...unnumbered,
    }
  }

  #fromTable(address: Address): Remote {
    const facts = address.facts ?? noFacts
    const internet = address.class === 'internet'
    const service = facts.name !== '' ? facts.name : internet ? 'internet' : address.text
    const path = internet ? 'internet' : pathBetween(this.observer.meta, facts)
    return { ...nobody, service, node: '', cluster: facts.cluster, ...placeIn(facts), path, ...unnumbered }
  }
}
