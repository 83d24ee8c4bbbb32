import type { AgentBudget, Logger } from '@headwater/contracts'
import type { Probe } from '@headwater/native'
import { CpuBudget } from './cpu-budget.js'
import { type Step, stepsOf } from './steps.js'

/** So often it is looked at what was used: the window that is judged is longer than asked for by one look at most. */
const LOOKS_PER_WINDOW = 6

export interface BudgetOptions {
  probe: Pick<Probe, 'attach' | 'detach' | 'capabilities'>
  /** Share of one core that the agent may take; 0: any. */
  cpuBudget: number
  cpuWindowMs: number
  intervalMs: number
  /** CPU time so far in us: of the process, and of others in its programs where the kernel counts that. */
  cpuUs: () => number
  /** UDP and DNS are no longer seen, from a moment before on. */
  onBlind: () => void
  logger: Logger
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`

/** Keeps the agent within its CPU budget: gives up one step after the other while it is over, and takes them back when there is room. */
export class Budget {
  readonly #o: BudgetOptions
  #cpu: CpuBudget | undefined
  #steps: Step[] = []
  #lookAt = 0
  #changing: Promise<void> | undefined

  constructor(options: BudgetOptions) {
    this.#o = options
  }

  /** Time between two walks, in ms. */
  get walkMs(): number {
    return this.#slowest?.walkMs ?? this.#o.intervalMs
  }

  /** For the report. */
  get told(): AgentBudget {
    return {
      cpu_budget: this.#o.cpuBudget,
      cpu_used: this.#cpu?.used ?? 0,
      walk_interval_ms: this.walkMs,
      // Of the rates of walks the last says all.
      given_up: this.#givenUp.filter((s) => s.walkMs === undefined || s === this.#slowest).map((s) => s.words),
    }
  }

  get #slowest(): Step | undefined {
    return this.#givenUp.findLast((step) => step.walkMs !== undefined)
  }

  get #givenUp(): Step[] {
    return this.#steps.slice(0, this.#cpu?.level ?? 0)
  }

  /** To be called once the probe is open. */
  start(): void {
    const { cpuBudget, cpuWindowMs, intervalMs, probe } = this.#o
    if (cpuBudget === 0) return
    const works = probe.capabilities().filter((c) => c.ok)
    this.#steps = stepsOf(intervalMs, new Set(works.map((c) => c.name)))
    this.#cpu = new CpuBudget(cpuBudget, this.#steps.length, cpuWindowMs)
  }

  /** Looks at what was used, when it is time. @param now monotonic ms */
  look(now: number): void {
    if (this.#cpu === undefined || this.#changing !== undefined || now < this.#lookAt) return
    this.#lookAt = now + this.#o.cpuWindowMs / LOOKS_PER_WINDOW
    const before = this.#cpu.level
    if (!this.#cpu.look(now, this.#o.cpuUs())) return
    const step = this.#steps[Math.min(before, this.#cpu.level)]
    if (step === undefined) return
    this.#changing = this.#change(step, this.#cpu.level > before).finally(() => {
      this.#changing = undefined
    })
  }

  async #change(step: Step, giveUp: boolean): Promise<void> {
    const { probe, logger, cpuBudget } = this.#o
    const facts = { used: percent(this.#cpu?.used ?? 0), budget: percent(cpuBudget), step: step.words }
    if (giveUp) logger.warn('over its CPU budget: the agent gives something up', facts)
    else logger.info('within its CPU budget again: the agent takes something back', facts)
    try {
      if (step.programs === undefined) return
      // What comes in answers what went out: seen are both or none.
      if (!giveUp) return await probe.attach([...step.programs].reverse())
      await probe.detach(step.programs, {
        reason: `given up: the agent is over its CPU budget of ${percent(cpuBudget)} of a core`,
        fix: 'raise agent.cpu-budget, or choose a profile that sees less (agent.profile)',
      })
      if (step.programs.includes('udp_egress')) this.#o.onBlind()
    } catch (cause) {
      logger.warn(`programs could not be ${giveUp ? 'detached' : 'attached'}: ${(cause as Error).message}`)
    }
  }
}
