/** How far a consumer is behind. */
export interface Lag {
  /** On the bus as far as the consumer knows, and not handled yet. */
  messages: number
  /** Age of the oldest of them; 0 where there is none. */
  seconds: number
}

/** The same on a topic: of the partitions that the consumer has. */
export interface TopicLag extends Lag {
  topic: string
  partitions: (Lag & { partition: number })[]
}

/** A bus end that knows how far it is behind. */
export interface Lagging {
  lags(): TopicLag[]
}
