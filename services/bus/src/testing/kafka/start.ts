import { dockerMissing, OFFICIAL_IMAGE, startDockerKafka } from './docker.js'
import { startJvmKafka } from './jvm.js'
import type { TestKafka, TestKafkaOptions } from './types.js'

/**
 * Starts a real Kafka broker on a random port: in a container where a Docker engine answers and the image can be had, else straight
 * on the JVM. Which one, and why, is said on stderr.
 */
export async function startTestKafka(options: TestKafkaOptions = {}): Promise<TestKafka> {
  const mode = options.mode ?? (process.env.HEADWATER_TEST_KAFKA_MODE as TestKafkaOptions['mode']) ?? 'auto'
  const image = options.image ?? process.env.HEADWATER_TEST_KAFKA_IMAGE ?? OFFICIAL_IMAGE
  if (mode === 'jvm') return startJvmKafka()
  const missing = await dockerMissing()
  if (missing === undefined) {
    try {
      return await startDockerKafka(image)
    } catch (error) {
      if (mode === 'docker') throw error
      console.warn(`Kafka on the JVM: image ${image} does not start: ${(error as Error).message}`)
    }
  } else if (mode === 'docker') throw new Error(missing)
  else console.warn(`Kafka on the JVM: ${missing}`)
  return startJvmKafka()
}
