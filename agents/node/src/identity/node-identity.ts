/** Who this agent is; said once per batch, and in each endpoint and report. */
export interface NodeIdentity {
  cluster: string
  node: string
  /** Address space that the node's addresses belong to. */
  realm: string
  zone: string
  region: string
}

const MAX_NAME = 253

/** Readers refuse batches and reports of a node with other names. @throws RangeError */
export function checkIdentity(identity: NodeIdentity): void {
  const { cluster, node, realm } = identity
  const empty = [cluster, node, realm].includes('')
  if (!empty && Object.values(identity).every((name) => name.length <= MAX_NAME)) return
  throw new RangeError(`cluster, node and realm take 1 to ${MAX_NAME} characters, zone and region ${MAX_NAME} at most`)
}
