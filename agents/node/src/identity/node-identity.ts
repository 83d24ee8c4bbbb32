/** Who this agent is; said once per batch, and in each endpoint and report. */
export interface NodeIdentity {
  cluster: string
  node: string
  /** Address space that the node's addresses belong to. */
  realm: string
  zone: string
  region: string
}
