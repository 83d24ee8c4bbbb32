export { describeQueryMetrics } from './metrics/describe.js'
export type { Demo, Limits, QueryServerOptions } from './options.js'
export { createQueryServer, type QueryServer } from './server.js'
