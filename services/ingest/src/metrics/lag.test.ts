import { topics } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { IngestLag } from './lag.js'

const at = (partition: number, timestamp: number) => ({ topic: topics.flows, partition, timestamp })

describe('the lag of ingest', () => {
  it('is that of the last message that was stored', () => {
    const lag = new IngestLag()
    expect(lag.seconds(5_000)).toBe(0)
    lag.begin(at(0, 1_000), 1_500)
    lag.end(at(0, 1_000), 3_000)
    expect(lag.seconds(9_000)).toBe(2)
  })

  it('is that of the one that waits the longest, whatever is stored of other partitions', () => {
    const lag = new IngestLag()
    lag.begin(at(0, 1_000), 1_500)
    lag.begin(at(1, 4_000), 4_000)
    lag.end(at(1, 4_000), 4_500)
    expect(lag.seconds(11_000)).toBe(10)
    // Again, with what came behind it.
    lag.begin(at(0, 2_000), 11_000)
    expect(lag.seconds(12_000)).toBe(11)
    lag.end(at(0, 2_000), 12_000)
    expect(lag.seconds(20_000)).toBe(10)
  })

  it('forgets what is not tried any more', () => {
    const lag = new IngestLag()
    lag.begin(at(0, 1_000), 1_000)
    expect(lag.seconds(100_000)).toBe(99)
    expect(lag.seconds(130_000)).toBe(0)
  })
})
