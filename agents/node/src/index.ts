export { createAgent } from './agent.js'
export type { NodeIdentity } from './identity/node-identity.js'
export type { Agent, AgentOptions, AgentStatus } from './options.js'
