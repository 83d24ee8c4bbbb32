import { describe, expect, it } from 'vitest'
import { recordingLogger } from '../testing/logger.js'
import { Budget } from './budget.js'
import { stepsOf } from './steps.js'

const all = ['inet_sock_set_state', 'kfree_skb', 'sock_send_length', 'sock_recv_length', 'udp_egress', 'udp_ingress']
const capability = (name: string, ok = true) => ({ name, ok, required: false, reason: '', lost: '', fix: '' })

describe('what is given up', () => {
  it('is first the rate of walks, down to one in 30 s, then programs, of those that are there', () => {
    const words = (intervalMs: number, programs: string[]) =>
      stepsOf(intervalMs, new Set(programs)).map((s) => s.walkMs ?? s.programs)
    expect(words(5000, all)).toEqual([
      ...[10_000, 20_000, 30_000],
      ['sock_send_length', 'sock_recv_length'],
      ['udp_egress', 'udp_ingress'],
      ['kfree_skb'],
    ])
    expect(words(60_000, ['inet_sock_set_state', 'kfree_skb'])).toEqual([['kfree_skb']])
    expect(words(30_000, [])).toEqual([])
  })
})

/** A budget of 1 %, windows of 6 s, under a load that the test sets; what is asked of the probe is noted. */
async function played(loads: [seconds: number, load: number][], cpuBudget = 0.01) {
  const asked: string[] = []
  const logger = recordingLogger()
  let cpuUs = 0
  const budget = new Budget({
    probe: {
      capabilities: () => all.map((name) => capability(name, name !== 'udp_ingress')),
      detach: async (programs) => void asked.push(`detach ${programs.join(' ')}`),
      attach: async (programs) => void asked.push(`attach ${programs.join(' ')}`),
    },
    ...{ cpuBudget, cpuWindowMs: 6000, intervalMs: 10_000, cpuUs: () => cpuUs },
    onBlind: () => asked.push('blind'),
    logger,
  })
  budget.start()
  let now = 0
  for (const [seconds, load] of loads)
    for (let s = 0; s < seconds; s++) {
      now += 1000
      cpuUs += load * 1e6
      budget.look(now)
      await Promise.resolve().then(() => undefined)
      await new Promise(setImmediate)
    }
  return { asked, budget, lines: logger.lines }
}

describe('an agent over its budget', () => {
  it('goes from step to step, says each, and comes back the same way', async () => {
    const { asked, budget, lines } = await played([[60, 0.05]])
    expect(budget.told).toEqual({
      cpu_budget: 0.01,
      cpu_used: expect.closeTo(0.05, 6),
      walk_interval_ms: 30_000,
      given_up: [
        'walks more often than each 30 s',
        'which process serves a connection',
        'UDP and DNS',
        'why this machine dropped packets',
      ],
    })
    expect(asked).toEqual([
      'detach sock_send_length sock_recv_length',
      'detach udp_egress',
      'blind',
      'detach kfree_skb',
    ])
    expect(lines.filter((line) => line.includes('over its CPU budget'))).toHaveLength(5)
    const back = await played([
      [60, 0.05],
      [120, 0.001],
    ])
    expect(back.budget.told).toMatchObject({ walk_interval_ms: 10_000, given_up: [] })
    expect(back.asked.slice(4)).toEqual([
      'attach kfree_skb',
      'attach udp_egress',
      'attach sock_recv_length sock_send_length',
    ])
  })

  it('does without nothing where it has no budget', async () => {
    const { asked, budget } = await played([[60, 2]], 0)
    expect([asked, budget.told.given_up, budget.walkMs]).toEqual([[], [], 10_000])
  })
})
