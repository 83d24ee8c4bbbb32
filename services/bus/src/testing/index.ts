export { prepareKafka } from './kafka/jars.js'
export { startTestKafka } from './kafka/start.js'
export type { TestKafka, TestKafkaOptions } from './kafka/types.js'
export { publishUntilTaken } from './publish.js'
