/** A real Kafka broker of one test. */
export interface TestKafka {
  brokers: string[]
  mode: 'docker' | 'jvm'
  /** Where this machine sees its log, if it does. */
  logFolder?: string
  /** Kills the broker as `kill -9` does. */
  kill9(): Promise<void>
  /** Stops it from answering, with its connections open, until `resume`. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Starts it again on the same port and data; resolves when it serves. */
  restart(): Promise<void>
  /** Ends it and removes all it left. May be called twice. */
  stop(): Promise<void>
}

export interface TestKafkaOptions {
  /** `auto`: Docker where an engine answers and the image can be had, else the JVM. Default: HEADWATER_TEST_KAFKA_MODE, else auto. */
  mode?: 'auto' | 'docker' | 'jvm'
  /** Default: HEADWATER_TEST_KAFKA_IMAGE, else the official image. */
  image?: string
}
