import type { HealthCause } from '@headwater/contracts'
import { attempts, type Evidence, ended } from './evidence.js'
import { thresholds } from './thresholds.js'

export type Level = 0 | 1 | 2
export type AtFault = 'client' | 'path' | 'server' | null

/** A cause that stands above its threshold, with what decides. */
export interface Finding {
  level: Level
  cause: HealthCause
  atFault: AtFault
  /** Of how many; times in us. */
  count: number
  of: number
  /** Resets while connecting, a queue that dropped what went unanswered, ...: told in the sentence too. */
  also?: Finding
  evidence: Evidence
}

const levelOf = (ratio: number, { degraded, unhealthy }: { degraded: number; unhealthy: number }): Level =>
  ratio >= unhealthy ? 2 : ratio >= degraded ? 1 : 0

/** Whose fault it is where only one who sees both ends can tell. */
const pathIfSeen = (e: Evidence): AtFault => (e.clientSeen && e.serverSeen ? 'path' : null)

type Judgement = (e: Evidence) => Finding | undefined

const found = (
  e: Evidence,
  level: Level,
  cause: HealthCause,
  atFault: AtFault,
  count: number,
  of: number,
): Finding | undefined => (level === 0 ? undefined : { level, cause, atFault, count, of, evidence: e })

const failed =
  (cause: HealthCause, count: (e: Evidence) => number, atFault: (e: Evidence) => AtFault): Judgement =>
  (e) => {
    const { sample, failed, ...levels } = thresholds.failures
    const [n, of] = [count(e), attempts(e)]
    if (of < sample || n < failed) return undefined
    return found(e, levelOf(n / of, levels), cause, atFault(e), n, of)
  }

const refused = failed(
  'refused',
  (e) => e.refused,
  () => 'server',
)
const unreachable = failed(
  'unreachable',
  (e) => e.unreachable,
  () => 'path',
)
const noAnswer = failed('no-answer', (e) => e.unanswered, pathIfSeen)
/** The observing node's own firewall, and that node is the client's. */
const firewalled = failed(
  'firewall-drop',
  (e) => e.firewalled,
  () => 'client',
)
const withoutPort = failed(
  'ports-exhausted',
  (e) => e.without_port,
  () => 'client',
)
const resetAttempts = failed(
  'resets',
  (e) => e.attempts_reset,
  () => 'server',
)

const resetBy =
  (who: 'client' | 'server'): Judgement =>
  (e) => {
    const { sample, reset, ...levels } = thresholds.resets
    const n = Math.max(e[`client_saw_${who}_reset`], e[`server_saw_${who}_reset`])
    const of = Math.max(ended(e), n)
    if (of < sample || n < reset) return undefined
    return found(e, levelOf(n / of, levels), 'resets', who, n, of)
  }

const retransmits: Judgement = (e) => {
  const { sample, again, ...levels } = thresholds.retransmits
  const of = e.segments_sent_doubled / 2
  if (of < sample || e.sent_again < again) return undefined
  return found(e, levelOf(e.sent_again / of, levels), 'retransmits', pathIfSeen(e), Math.min(e.sent_again, of), of)
}

const slowConnect: Judgement = (e) => {
  const { sample, slow, slowMs } = thresholds.slowConnect
  const { samples, p50, p95, second } = e.connect
  if (samples < Math.max(sample, slow) || second < slowMs * 1000) return undefined
  const level = p50 >= slowMs * 1000 ? 2 : p95 >= slowMs * 1000 ? 1 : 0
  return found(e, level, 'slow-connect', pathIfSeen(e), level === 2 ? p50 : p95, samples)
}

const slowRoundTrip: Judgement = (e) => {
  const { sample, slow, slowMs, queuedMs, queuedTimesLeast } = thresholds.slowRoundTrip
  const { samples, p50, p95, second } = e.roundTrip
  if (samples < Math.max(sample, slow)) return undefined
  const queued = p50 >= queuedMs * 1000 && e.leastRoundTrip > 0 && p50 >= queuedTimesLeast * e.leastRoundTrip
  const late = p95 >= slowMs * 1000 && second >= slowMs * 1000
  const level = p50 >= slowMs * 1000 ? 2 : queued || late ? 1 : 0
  return found(e, level, 'slow-round-trip', pathIfSeen(e), level === 2 || queued ? p50 : p95, samples)
}

/** An answer with an error is the name server's; whose fault it is that none comes is told as for connections. */
const namesFail: Judgement = (e) => {
  const { sample, failed, ...levels } = thresholds.names
  const n = e.names_failed + e.names_lost
  if (e.questions < sample || n < failed) return undefined
  const atFault = e.names_failed >= e.names_lost ? 'server' : pathIfSeen(e)
  return found(e, levelOf(n / e.questions, levels), 'dns-failing', atFault, n, e.questions)
}

const slowNames: Judgement = (e) => {
  const { sample, slow, slowMs, verySlowMs } = thresholds.slowNames
  const { samples, p50, p95, second } = e.lookup
  if (samples < Math.max(sample, slow) || second < slowMs * 1000) return undefined
  const level = p50 >= verySlowMs * 1000 ? 2 : p95 >= slowMs * 1000 ? 1 : 0
  return found(e, level, 'dns-slow', 'server', level === 2 ? p50 : p95, samples)
}

/** Of two findings of one level the first is told: what failed before what was slow. */
const judgements: readonly Judgement[] = [
  refused,
  unreachable,
  firewalled,
  withoutPort,
  noAnswer,
  namesFail,
  resetAttempts,
  resetBy('server'),
  resetBy('client'),
  retransmits,
  slowConnect,
  slowRoundTrip,
  slowNames,
]

const worst = (findings: readonly Finding[]): Finding | undefined =>
  findings.reduce<Finding | undefined>((a, b) => (a === undefined || b.level > a.level ? b : a), undefined)

/**
 * One trouble has several signs. Of each cause: the causes that it brings about. A listen queue that overflows makes attempts
 * wait and fail, and handshakes be sent again.
 */
const bringsAbout: Partial<Record<HealthCause, readonly HealthCause[]>> = {
  backlog: ['no-answer', 'slow-connect', 'slow-round-trip', 'retransmits'],
  'slow-round-trip': ['retransmits', 'slow-connect'],
  retransmits: ['slow-connect', 'no-answer'],
}
const isBroughtBy =
  (cause: HealthCause) =>
  (sign: Finding): boolean =>
    bringsAbout[cause]?.includes(sign.cause) ?? false

/** Whether one finding is only a sign of what the other one is of. */
export const isSignOf = (sign: Finding | undefined, of: Finding | undefined): boolean =>
  sign !== undefined && of !== undefined && isBroughtBy(of.cause)(sign)

function backlog(e: Evidence, findings: readonly Finding[]): Finding[] {
  if (e.overflow === undefined || attempts(e) === 0) return [...findings]
  const explained = worst(findings.filter(isBroughtBy('backlog')))
  if (explained === undefined && e.overflow.over) return [...findings]
  const finding: Finding = {
    level: explained?.level ?? 1,
    cause: 'backlog',
    atFault: 'server',
    count: e.overflow.drops,
    of: attempts(e),
    evidence: e,
    ...(explained && { also: explained }),
  }
  return [finding, ...findings.filter((f) => !isBroughtBy('backlog')(f))]
}

/** Takes what `by` brings about into it, where nothing else is in the way. */
function explain(findings: Finding[], by: HealthCause, may: (f: Finding) => boolean = () => true): Finding[] {
  const cause = findings.find((f) => f.cause === by)
  if (cause === undefined) return findings
  const explained = findings.filter((f) => isBroughtBy(by)(f) && may(f))
  if (explained.length === 0) return findings
  const level = Math.max(cause.level, ...explained.map((f) => f.level)) as Level
  const also = worst(explained) as Finding
  return findings.flatMap((f) => (f === cause ? [{ ...cause, level, also }] : explained.includes(f) ? [] : [f]))
}

/**
 * The worst that the window shows, undefined where nothing stands above its threshold. One trouble has several signs: a queue
 * on a limited path drops segments too, and a path that loses segments loses SYNs, as long as most get through.
 */
export function judge(e: Evidence): Finding | undefined {
  let findings = judgements.flatMap((j) => j(e) ?? [])
  if (findings.length === 0 && e.overflow === undefined) return undefined
  findings = backlog(e, findings)
  findings = explain(findings, 'slow-round-trip')
  findings = explain(findings, 'retransmits', (f) => f.cause !== 'no-answer' || f.count < f.of / 2)
  return worst(findings)
}

/** Whether the window has the sample that the cause takes: what is clear with less is only unknown. */
export function hasSample(e: Evidence, cause: HealthCause): boolean {
  switch (cause) {
    case 'resets':
      return ended(e) >= thresholds.resets.sample || attempts(e) >= thresholds.failures.sample
    case 'retransmits':
      return e.segments_sent_doubled / 2 >= thresholds.retransmits.sample
    case 'slow-connect':
      return e.connect.samples >= thresholds.slowConnect.sample
    case 'slow-round-trip':
      return e.roundTrip.samples >= thresholds.slowRoundTrip.sample
    case 'dns-failing':
      return e.questions >= thresholds.names.sample
    case 'dns-slow':
      return e.lookup.samples >= thresholds.slowNames.sample
    default:
      return attempts(e) >= thresholds.failures.sample
  }
}
