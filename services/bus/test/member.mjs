// One consumer of a group on Kafka as a process of its own, which can be killed. Its settings come as JSON on stdin, and it says the key
// of each message that it has taken. Ends cleanly on SIGTERM.
import { text } from 'node:stream/consumers'
import { createKafkaConsumer } from '@headwater/bus'

const logger = { debug() {}, info() {}, warn: console.error, error: console.error, child: () => logger }
const consumer = createKafkaConsumer({ ...JSON.parse(await text(process.stdin)), logger })
await consumer.start(async (messages) => {
  for (const { key } of messages) console.log(key)
})
process.once('SIGTERM', () => consumer.stop())
