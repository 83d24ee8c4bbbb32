import type { AgentCost } from '@headwater/contracts'
import type { Probe, ProbeCost } from '@headwater/native'

/** What the agent takes of its node, as reports tell it. */
export class OwnCost {
  readonly #probe: Pick<Probe, 'cost'>
  #probeCost: ProbeCost = { ringBytes: 0, ringPeakBytes: 0, kernelBytes: 0, programs: [] }
  #peak = 0

  constructor(probe: Pick<Probe, 'cost'>) {
    this.#probe = probe
  }

  /** CPU time so far in us: of the process, and that of others in its programs, where the kernel counts it. */
  get cpuUs(): number {
    const { user, system } = process.cpuUsage()
    const others = this.#look().programs.filter((p) => !p.ownTime)
    return user + system + others.reduce((sum, { runNs }) => sum + runNs, 0) / 1000
  }

  #look(): ProbeCost {
    const cost = this.#probe.cost()
    this.#peak = Math.max(this.#peak, cost.ringPeakBytes)
    return cost
  }

  /** For a report: how full the ring has been is told once. */
  take(): AgentCost {
    this.#probeCost = { ...this.#look(), ringPeakBytes: this.#peak }
    this.#peak = 0
    return this.told
  }

  /** Times as of now, and what the last report told of the probe. */
  get told(): AgentCost {
    const { user, system } = process.cpuUsage()
    const { ringBytes, ringPeakBytes, kernelBytes, programs } = this.#probeCost
    return {
      // Of the whole process: the walks run on a thread of their own.
      cpu_user_us: user,
      cpu_system_us: system,
      rss_bytes: process.memoryUsage.rss(),
      ring_bytes: ringBytes,
      ring_peak_bytes: ringPeakBytes,
      kernel_bytes: kernelBytes,
      programs: programs.filter(({ runs }) => runs > 0).map(({ name, runs, runNs }) => ({ name, runs, run_ns: runNs })),
    }
  }
}
