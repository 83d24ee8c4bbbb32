import type { BusProducer } from '@headwater/contracts'
import { type Agent, type AgentOptions, createAgent } from '../src/index.js'
import { recordingLogger } from '../src/testing/logger.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { type Row, rowsOf } from '../src/testing/rows.js'

export const identity = { cluster: 'test', node: 'node-1', realm: 'test', zone: 'zone-a', region: 'region-a' }

/** An agent with the real probe, and short times. */
export function testAgent(producer: BusProducer, over: Partial<AgentOptions> = {}): Agent & { lines: string[] } {
  const logger = recordingLogger()
  const agent = createAgent({
    identity,
    version: '0.1.0',
    profile: 'standard',
    intervalMs: 400,
    flushMs: 100,
    reportMs: 1000,
    producer,
    selfPids: () => new Set(),
    logger,
    ...over,
  })
  return Object.assign(agent, { lines: logger.lines })
}

/** Waits until `condition` holds, at most `ms`; what it holds or not is for the test to say. */
export async function until(condition: () => boolean, ms = 25_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!condition() && Date.now() < deadline) await new Promise((r) => setTimeout(r, 50))
}

/** Rows of one port, of either end. */
export class PortRows {
  #rows: Row[] = []
  #batches = 0

  constructor(
    private readonly producer: RecordingProducer,
    private readonly port: number,
  ) {}

  get all(): Row[] {
    const batches = this.producer.batches(this.#batches)
    this.#batches += batches.length
    const rows = rowsOf(batches).filter((r) => r.local_port === this.port || r.remote_port === this.port)
    this.#rows.push(...rows)
    return this.#rows
  }

  get client(): Row[] {
    return this.all.filter((r) => r.remote_port === this.port)
  }

  get server(): Row[] {
    return this.all.filter((r) => r.local_port === this.port)
  }
}

/**
 * Reasons for which rows were dropped. Not what a kernel skips that cannot hold interrupts off (before Linux 6.14): it is of the whole
 * machine, and made up for (bpf/missed.bpf.c).
 */
export const reasonsOf = (dropped: Record<string, number> | undefined): string[] =>
  Object.keys(dropped ?? { 'no report': 1 }).filter((reason) => reason !== 'probe-recursion')
