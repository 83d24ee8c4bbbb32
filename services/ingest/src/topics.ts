import { type Topic, topics } from '@headwater/contracts'

/**
 * What a replica reads. Each message of `topics` goes to one replica, which stores it; a copy of those of `broadcast` goes to every
 * replica, which learns from it who is who. Of `chunked`, what is read at once is stored as one block.
 */
export const ingestTopics: { topics: readonly Topic[]; broadcast: readonly Topic[]; chunked: readonly Topic[] } = {
  topics: [topics.flows, topics.dns, topics.nodes, topics.endpoints],
  broadcast: [topics.nodes, topics.endpoints],
  chunked: [topics.flows, topics.dns],
}
