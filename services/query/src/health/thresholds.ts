/**
 * Every threshold of health; docs/health.md shows them. Ratios are from 0 to 1, times in ms. What a judgement takes at least
 * (`sample`) keeps one failure of few attempts from being news.
 */
export const thresholds = {
  failures: { sample: 5, failed: 2, degraded: 0.02, unhealthy: 0.2 },
  resets: { sample: 5, reset: 2, degraded: 0.05, unhealthy: 0.25 },
  retransmits: { sample: 50, again: 3, degraded: 0.02, unhealthy: 0.1 },
  /** A SYN is sent again after 1 s. 0.88 s is the border of the latency bucket below. */
  slowConnect: { sample: 5, slow: 2, slowMs: 2 ** (79 / 4) / 1000 },
  slowRoundTrip: { sample: 5, slow: 2, slowMs: 500, queuedMs: 50, queuedTimesLeast: 8 },
  /** Questions for names. That there is no such name is an answer. */
  names: { sample: 5, failed: 2, degraded: 0.05, unhealthy: 0.25 },
  /** Borders of latency buckets, as above. */
  slowNames: { sample: 5, slow: 2, slowMs: 2 ** (71 / 4) / 1000, verySlowMs: 2 ** (80 / 4) / 1000 },
  /** Between two reports. A path that loses segments makes a listener drop some, too, with room in its queue. */
  backlog: { drops: 10 },
  /** An attempt that its process gave up sooner says nothing about the server. */
  givenUpMs: 300,
  /** Connections seen without a sign of trouble before anything is called healthy. */
  healthySample: 5,
} as const

/** How health now is computed, ms. */
export const timing = {
  /** Bins, and the distance of two windows. */
  step: 2_500,
  window: 30_000,
  /** Where these alone have the sample, they decide too: so worse shows early, and better does not wait for the whole window. */
  shortWindow: 10_000,
  /** What is read: a window, and two minutes of windows before it. */
  read: 150_000,
  /** Rows are on their way for so long: the last window ends that much before now. */
  settle: 1_000,
  worseAfter: 5_000,
  betterAfter: 20_000,
  /** A request whose range ends within this of the clock asks for health now. */
  now: 10_000,
  /** How long an answer is shared. */
  keep: 2_000,
  /** Age up to which the last report of a listener stands for the time since. */
  listenerLease: 15_000,
  /** An attempt that a queue dropped fails when its client gives up, not when it was dropped. */
  overflowLingers: 10_000,
} as const

const percent = (ratio: number): string => `${Math.round(ratio * 1000) / 10} %`
const seconds = (ms: number): string => `${Math.round(ms / 10) / 100} s`

/** The rows of the table in docs/health.md. */
export function thresholdRows(): string[][] {
  const { failures: f, resets: r, retransmits: t, slowConnect: c, slowRoundTrip: s, backlog: b, givenUpMs } = thresholds
  const { names: n, slowNames: l } = thresholds
  const attempts = `${f.sample} attempts, ${f.failed} failed`
  const failed = [attempts, `${percent(f.degraded)} of attempts`, `${percent(f.unhealthy)} of attempts`]
  const ratio = (of: string, { degraded, unhealthy }: { degraded: number; unhealthy: number }) => [
    `${percent(degraded)} of ${of}`,
    `${percent(unhealthy)} of ${of}`,
  ]
  return [
    ['cause', 'what is looked at', 'sample, at least', 'degraded from', 'unhealthy from', 'at fault'],
    ['`refused`', 'attempts answered by a reset or an ICMP "port unreachable" (ECONNREFUSED)', ...failed, 'server'],
    ['`unreachable`', 'attempts that ended with EHOSTUNREACH or ENETUNREACH', ...failed, 'path'],
    [
      '`firewall-drop`',
      "attempts whose packets the firewall of the client's own node dropped (`netfilter-drop`)",
      ...failed,
      'client',
    ],
    [
      '`ports-exhausted`',
      'attempts for which no local port was free (EADDRNOTAVAIL, `no-free-port`)',
      ...failed,
      'client',
    ],
    [
      '`no-answer`',
      `attempts that timed out, or that their process gave up after ${givenUpMs} ms or more`,
      ...failed,
      'path where both ends are seen',
    ],
    [
      '`resets`',
      'established connections that ended by a reset, of those that ended; attempts reset on the way (as failures above)',
      `${r.sample} ended, ${r.reset} by reset`,
      ...ratio('those that ended', r),
      'whoever sent the reset',
    ],
    [
      '`backlog`',
      "the server's listen queue: requests dropped, or more connections waiting for accept() than it may hold",
      `${b.drops} dropped, or full in a report; 1 attempt`,
      'at once',
      'as `no-answer` or what else it explains',
      'server',
    ],
    [
      '`retransmits`',
      'segments sent again, of segments sent, by the ends that are seen; SYNs left out, and what was sent again for nothing (DSACK)',
      `${t.sample} segments, ${t.again} again`,
      ...ratio('segments', t),
      'path where both ends are seen',
    ],
    [
      '`slow-connect`',
      'time to connect; a SYN is sent again after 1 s',
      `${c.sample} connections, ${c.slow} slow`,
      `p95 ${seconds(c.slowMs)}`,
      `p50 ${seconds(c.slowMs)}`,
      'path where both ends are seen',
    ],
    [
      '`slow-round-trip`',
      'smoothed round-trip time, by the ends that are seen',
      `${s.sample} reports, ${s.slow} slow`,
      `p95 ${seconds(s.slowMs)}; or p50 ${seconds(s.queuedMs)} and ${s.queuedTimesLeast} times the least seen`,
      `p50 ${seconds(s.slowMs)}`,
      'path where both ends are seen',
    ],
    [
      '`dns-failing`',
      'questions to a name server that it answered with an error (SERVFAIL, REFUSED, ...; NXDOMAIN is none), or that got no answer',
      `${n.sample} questions, ${n.failed} failed`,
      ...ratio('questions', n),
      'server; where most got no answer: path where both ends are seen',
    ],
    [
      '`dns-slow`',
      'time from a question to its answer',
      `${l.sample} answers, ${l.slow} slow`,
      `p95 ${seconds(l.slowMs)}`,
      `p50 ${seconds(l.verySlowMs)}`,
      'server',
    ],
  ]
}

const table = ([head = [], ...rows]: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** What docs/health.md holds between its marks, made of the constants. */
export const thresholdsTable = (): string => table(thresholdRows())

/** The same for the times. */
export const timingTable = (): string =>
  table([
    ['time', 's', 'what for'],
    ['window', `${timing.window / 1000}`, 'what is judged'],
    ['short window', `${timing.shortWindow / 1000}`, 'its end, judged alone too where it has the sample'],
    ['step', `${timing.step / 1000}`, 'from one window to the next'],
    ['settle', `${timing.settle / 1000}`, 'between the end of the last window and now: rows on their way'],
    ['worse after', `${timing.worseAfter / 1000}`, 'the windows in a row that show it'],
    ['better after', `${timing.betterAfter / 1000}`, 'the windows in a row that are clear of it'],
    ['read', `${timing.read / 1000}`, 'rows that are replayed for it'],
    ['shared', `${timing.keep / 1000}`, 'for how long an answer is given again'],
    ['now', `${timing.now / 1000}`, 'a range that ends no longer ago asks for health now'],
    [
      'listener',
      `${timing.listenerLease / 1000}`,
      'for how long the last report of a listener stands for the time since',
    ],
    [
      'lingers',
      `${timing.overflowLingers / 1000}`,
      'for how long an overflow explains what fails after it: an attempt that was dropped fails when its client gives up',
    ],
  ])
