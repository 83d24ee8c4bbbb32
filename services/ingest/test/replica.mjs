// One ingest replica on Kafka as a process of its own; its settings come as JSON on stdin. Ends cleanly on SIGTERM.
import { text } from 'node:stream/consumers'
import { createKafkaConsumer, createKafkaProducer } from '@headwater/bus'
import { createIngest, ingestTopics } from '@headwater/ingest'
import { connectStore } from '@headwater/store'

const { brokers, group, replica, connection, lagEveryMs } = JSON.parse(await text(process.stdin))
const logger = { debug() {}, info() {}, warn() {}, error: console.error, child: () => logger }
const consumer = createKafkaConsumer({
  brokers,
  group,
  ...ingestTopics,
  concurrency: 2,
  sessionTimeoutMs: 6000,
  logger,
})
const deadLetters = createKafkaProducer({ brokers, logger })
const store = connectStore(connection, { role: 'ingest', logger })
const ingest = createIngest({ consumer, deadLetters, store, replica, logger, ...(lagEveryMs && { lagEveryMs }) })
await ingest.start()
process.once('SIGTERM', async () => {
  await ingest.stop()
  await store.close()
})
