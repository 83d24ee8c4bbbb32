import {
  BusError,
  type BusErrorCode,
  type BusMessage,
  type BusProducer,
  type DecodedBatch,
  type DecodedDnsBatch,
  decodeDnsBatch,
  decodeFlowBatch,
  type Endpoint,
  endpointSchema,
  type NodeReport,
  nodeReportSchema,
  topics,
} from '@headwater/contracts'

/** The outermost seam: takes the bytes that would go to the bus, and reads them as ingest does. Can be told to fail. */
export class RecordingProducer implements BusProducer {
  messages: BusMessage[] = []
  attempts = 0
  started = false
  stopped = false
  /** Error of the next publishes (and starts), until it is cleared. */
  failing: { code: BusErrorCode; retryAfterMs?: number } | undefined
  /** Refuses a publish that holds a message for which this is true. */
  refuses: (message: BusMessage) => boolean = () => false

  async start(): Promise<void> {
    this.#fail()
    this.started = true
  }

  async publish(messages: readonly BusMessage[]): Promise<void> {
    this.attempts++
    this.#fail()
    if (messages.some((m) => this.refuses(m))) throw new BusError('too-large', 'a message is too large')
    // Copies: the agent writes its next message where this one was.
    for (const message of messages) this.messages.push({ ...message, value: message.value.slice() })
  }

  async stop(): Promise<void> {
    this.stopped = true
  }

  /** Batches in the order of their arrival. @param from leaves out so many */
  batches(from = 0): DecodedBatch[] {
    return this.#on(topics.flows)
      .slice(from)
      .map((m) => decodeFlowBatch(m.value))
  }

  /** Batches of DNS rows in the order of their arrival. */
  dns(): DecodedDnsBatch[] {
    return this.#on(topics.dns).map((m) => decodeDnsBatch(m.value))
  }

  endpoints(): Endpoint[] {
    return this.#on(topics.endpoints).map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
  }

  reports(): NodeReport[] {
    return this.#on(topics.nodes).map((m) => nodeReportSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
  }

  #on(topic: string): BusMessage[] {
    return this.messages.filter((m) => m.topic === topic)
  }

  #fail(): void {
    if (this.failing === undefined) return
    const { code, retryAfterMs } = this.failing
    throw new BusError(code, `the bus is ${code}`, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
}
