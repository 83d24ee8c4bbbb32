/** Topics on the bus; the version is part of the name, so that an incompatible change gets a new topic. */
export const topics = {
  flows: 'headwater.flows.v1',
  dns: 'headwater.dns.v1',
  endpoints: 'headwater.endpoints.v1',
  nodes: 'headwater.nodes.v1',
  deadLetters: 'headwater.dead-letters.v1',
} as const

export type Topic = (typeof topics)[keyof typeof topics]

/** Topics whose newest message per key is what counts. */
export const compactedTopics: readonly Topic[] = [topics.endpoints, topics.nodes]

export const DEFAULT_PARTITIONS = 12

/** Largest message the bus takes, in bytes: the agent cuts its batches below it, ingest refuses what is above. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024
