import { duration, percent, times } from './durations.js'
import { attempts } from './evidence.js'
import type { Finding } from './judge.js'
import { thresholds } from './thresholds.js'

export interface Ends {
  client: string
  server: string
}

const counts = (n: number): string => String(Math.round(n))

function drops({ count, evidence }: Finding): string {
  // The drops may lie before the window: a report stands for the time since.
  if (evidence.overflow?.full !== true)
    return count < 1
      ? 'its listen queue drops connection requests'
      : `its listen queue dropped ${counts(count)} connection requests`
  return count === 0
    ? 'its listen queue is full'
    : `its listen queue is full and dropped ${counts(count)} connection requests`
}

function roundTrip({ count, evidence, level }: Finding): string {
  const { p50, p95 } = evidence.roundTrip
  const which = level === 1 && count === p95 && count !== p50 ? 'p95' : 'p50'
  const least = evidence.leastRoundTrip
  const far = least > 0 && count >= thresholds.slowRoundTrip.queuedTimesLeast * least
  return `${duration(count)} (${which})${far ? `, ${times(count / least)} the least (${duration(least)})` : ''}`
}

function names({ evidence: { names_failed, names_lost } }: Finding, { client, server }: Ends): string {
  const questions = `questions of ${client} for names`
  if (names_lost === 0) return `${server} answers ${questions} with errors`
  return names_failed === 0 ? `${server} does not answer ${questions}` : `${server} fails to answer ${questions}`
}

/** What a finding also explains, as the end of its sentence. */
function more({ cause, also }: Finding): string {
  if (also === undefined) return ''
  switch (also.cause) {
    case 'no-answer':
      return `; ${counts(also.count)} of ${counts(also.of)} attempts got no answer`
    case 'slow-connect':
      return `; connecting takes ${duration(also.count)}`
    case 'retransmits':
      return cause === 'backlog' ? '' : `; ${percent(also.count / also.of)} of segments are sent again`
    default:
      return ''
  }
}

/** A finding of an edge in one sentence, with the figures that decide. @param when such as "in the last 30 s" */
export function sentence(finding: Finding, { client, server }: Ends, when: string): string {
  const { cause, atFault, count, of } = finding
  const share = `${counts(count)} of ${counts(of)}`
  switch (cause) {
    case 'refused':
      return `${server} refuses connections: ${share} attempts from ${client} ${when}`
    case 'unreachable':
      return `${server} is unreachable from ${client}: ${share} attempts ${when}`
    case 'firewall-drop':
      return `the firewall of ${client}'s own node drops its connections to ${server}: ${share} attempts ${when}`
    case 'ports-exhausted':
      return `${client} has no local port left for connections to ${server}: ${share} attempts ${when}`
    case 'dns-failing':
      return `${names(finding, { client, server })}: ${share} ${when}`
    case 'dns-slow':
      return `${server} takes ${duration(count)} (${finding.level === 2 ? 'p50' : 'p95'} of ${counts(of)}) to answer questions of ${client} for names ${when}`
    case 'no-answer': {
      const lost = `${server} does not answer ${client}: ${share} attempts ${when}`
      return atFault === 'path' ? `${lost}; its listen queue has room, so the path between them loses them` : lost
    }
    case 'resets': {
      const [who, whom] = atFault === 'client' ? [client, server] : [server, client]
      const connecting = count === finding.evidence.attempts_reset && of === attempts(finding.evidence)
      const what = connecting ? 'attempts' : 'connections that ended'
      return `${who} resets connections ${atFault === 'client' ? 'to' : 'from'} ${whom}: ${share} ${what} ${when}`
    }
    case 'backlog':
      return `${server} accepts too slowly: ${drops(finding)} ${when}${more(finding)}`
    case 'retransmits':
      return `segments between ${client} and ${server} are lost: ${share} (${percent(count / of)}) sent again ${when}${more(finding)}`
    case 'slow-connect':
      return `connecting from ${client} to ${server} takes ${duration(count)} (${finding.level === 2 ? 'p50' : 'p95'} of ${counts(of)}) ${when}`
    case 'slow-round-trip':
      return `round trips between ${client} and ${server} take ${roundTrip(finding)} ${when}${more(finding)}`
  }
}
