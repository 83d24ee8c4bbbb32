export { createIngest, type Ingest, type IngestStatus } from './ingest.js'
export { describeIngestMetrics } from './metrics/describe.js'
export type { IngestOptions } from './options.js'
export { ingestTopics } from './topics.js'
