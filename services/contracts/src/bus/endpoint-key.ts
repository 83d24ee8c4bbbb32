import type { EndpointInput } from './messages.js'

/** Key of an endpoint on its compacted topic. */
export const endpointKey = (e: EndpointInput): string =>
  JSON.stringify([e.realm, e.node, e.netns, e.transport ?? 'tcp', e.address, e.port, e.valid_from])
