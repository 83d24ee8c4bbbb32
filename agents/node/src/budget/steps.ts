/** What an agent can do without, in the order in which it goes: each step leaves what is counted right, and less is seen or seen later. */
export interface Step {
  /** In words, for logs and reports. */
  words: string
  /** Time between two walks from here on, in ms. */
  walkMs?: number
  /** Programs that are detached, the first that tells of what the others answer first. */
  programs?: readonly string[]
}

/** A connection that lives on is told of at least this often. In ms. */
const SLOWEST_WALK_MS = 30_000

const programSteps: readonly Step[] = [
  { words: 'which process serves a connection', programs: ['sock_send_length', 'sock_recv_length'] },
  {
    words: 'UDP and DNS',
    programs: ['udp_egress', 'udp_ingress', 'udp_fail_queue_rcv_skb', 'inet_sk_error_report'],
  },
  { words: 'why this machine dropped packets', programs: ['kfree_skb', 'kfree_skb_again'] },
]

/** Walks at half the rate, again and again; then programs, of those that are there. */
export function stepsOf(intervalMs: number, programs: ReadonlySet<string>): Step[] {
  const steps: Step[] = []
  for (let ms = intervalMs; ms < SLOWEST_WALK_MS; ) {
    ms = Math.min(SLOWEST_WALK_MS, ms * 2)
    steps.push({ words: `walks more often than each ${ms / 1000} s`, walkMs: ms })
  }
  const there = programSteps.map((step) => ({ ...step, programs: step.programs?.filter((p) => programs.has(p)) ?? [] }))
  return [...steps, ...there.filter((step) => step.programs.length > 0)]
}
