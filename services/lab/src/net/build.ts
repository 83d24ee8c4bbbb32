import type { Namespaces } from './namespaces.js'
import type { NamespacePlan } from './plan.js'

/** Without it, an interface counts packets as the stack hands them on: many segments as one, without the headers between them. */
const OFFLOADS = ['tso', 'gso', 'gro', 'tx', 'sg'].flatMap((name) => [name, 'off'])

/** Makes links, addresses, routes and NAT rules of namespaces that are there. */
export async function buildNetwork(
  namespaces: Namespaces,
  plans: readonly NamespacePlan[],
  { exactCounters }: { exactCounters: boolean },
): Promise<void> {
  await Promise.all(plans.map((plan) => makeLinks(namespaces, plan)))
  // Both ends of each pair are there from here on.
  await Promise.all(plans.map((plan) => address(namespaces, plan, exactCounters)))
}

async function makeLinks(namespaces: Namespaces, plan: NamespacePlan): Promise<void> {
  const namespace = namespaces.get(plan.name)
  // Addresses of the lab are IPv4; what the kernel sends of its own for IPv6 would be in the interfaces' counters.
  await namespace.sysctl('1', 'ipv6/conf/all/disable_ipv6', 'ipv6/conf/default/disable_ipv6').catch(() => undefined)
  await namespace.ip([
    ...plan.bridges.map((bridge) => `link add name ${bridge} type bridge`),
    ...plan.links.map(
      ({ name, peer }) => `link add name ${name} type veth peer name up0 netns ${namespaces.get(peer).pid}`,
    ),
  ])
}

async function address(namespaces: Namespaces, plan: NamespacePlan, exactCounters: boolean): Promise<void> {
  const namespace = namespaces.get(plan.name)
  const devices = new Set([
    'lo',
    ...plan.bridges,
    ...plan.links.map((l) => l.name),
    ...plan.addresses.map((a) => a.device),
  ])
  await namespace.ip([
    ...plan.links.flatMap(({ name, bridge }) => (bridge === undefined ? [] : [`link set ${name} master ${bridge}`])),
    ...plan.links.flatMap((l) => (l.address === undefined ? [] : [`address add ${l.address} dev ${l.name}`])),
    ...plan.addresses.map(({ device, address }) => `address add ${address} dev ${device}`),
    ...[...devices].map((device) => `link set ${device} up`),
    ...plan.gateways.map(({ to, via }) => `route add ${to} via ${via}`),
  ])
  if (exactCounters) {
    for (const device of devices) {
      if (device !== 'lo' && !plan.bridges.includes(device)) await namespace.run('ethtool', ['-K', device, ...OFFLOADS])
    }
  }
  if (plan.routes) await namespace.sysctl('1', 'ipv4/ip_forward')
  if (plan.nat.length > 0) await namespace.run('iptables-restore', [], `*nat\n${plan.nat.join('\n')}\nCOMMIT\n`)
}
