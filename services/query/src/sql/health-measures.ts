import { flowCountNames } from '../health/bins.js'
import type { FlowCountName } from '../health/evidence.js'
import { thresholds } from '../health/thresholds.js'
import type { Measure } from './measures.js'
import { SEGMENTS_DOUBLED } from './measures.js'

type Expressions = Pick<Measure, 'raw' | 'rollup'>

/** In the rollup both ends of a pair of peers are `peer`: they count as clients. */
const OF_SERVER = "e.side = 'server'"

const failed = (reasons: readonly string[]): Expressions => ({
  raw: `if(${reasons.map((r) => `f.failure_reason = '${r}'`).join(' OR ')}, f.failures, 0)`,
  rollup: reasons.map((r) => `e.failures_by_reason['${r}']`).join(' + '),
})

/**
 * Connections that ended with a reset; the rollup knows resets alone, and those of refused attempts among them. What is taken off
 * them may be more than a row has: only the sum is at least 0, so that it is the same of hours, minutes and parts of them.
 */
function reset(observer: 'client' | 'server', sender: 'client' | 'server'): Expressions {
  const own = observer === 'client'
  const attempts = "e.failures_by_reason['refused'] + e.failures_by_reason['reset']"
  const ofConnections =
    sender === 'server' ? `toInt64(e.resets_server) - toInt64(${attempts})` : 'toInt64(e.resets_client)'
  return {
    raw: `${own ? '' : 'NOT '}is_client AND f.closes > 0 AND f.${observer === sender ? 'resets_tx' : 'resets_rx'} > 0`,
    rollup: `if(${OF_SERVER}, ${own ? '0' : ofConnections}, ${own ? ofConnections : '0'})`,
  }
}

/**
 * SYNs sent again before a connection was established: they are the connect time's matter. Of agents that do not count them, by that
 * time: after 1 s, 3 s, 7 s, ... (RFC 6298).
 */
const SYNS_AGAIN =
  'greatest(f.syn_retransmits, if(f.connects > 0, toUInt32(floor(log2(f.connect_us / 950000 + 1))), 0))'
/** Segments that a timer sent again though the first had arrived: the machine is late, the path loses nothing. */
const NOT_LOST = `${SYNS_AGAIN} + f.spurious_retransmits`

/** A row of TCP is of an established connection; datagrams may go where nobody is, and tell of health only where some came back. */
const SPEAKS = {
  raw: "(f.transport = 'tcp' OR (f.tx_packets > 0 AND f.rx_packets > 0))",
  rollup: "(e.transport = 'tcp' OR (e.client_to_server_packets > 0 AND e.server_to_client_packets > 0))",
}

const expressions: Record<FlowCountName, Expressions> = {
  connects: { raw: 'f.connects', rollup: 'e.connects' },
  accepts: { raw: 'f.accepts', rollup: 'e.accepts' },
  attempts_failed: { raw: 'f.failures', rollup: 'e.failures' },
  refused: failed(['refused']),
  unanswered: {
    raw: `if(f.failure_reason = 'timeout' OR (f.failure_reason = 'aborted' AND f.time >= addMilliseconds(f.start, ${thresholds.givenUpMs})), f.failures, 0)`,
    rollup: failed(['timeout', 'aborted']).rollup,
  },
  unreachable: failed(['unreachable', 'no-route', 'neigh-failed']),
  firewalled: failed(['netfilter-drop']),
  without_port: failed(['no-free-port']),
  attempts_reset: failed(['reset']),
  client_ended: { raw: 'if(is_client, f.closes, 0)', rollup: `if(${OF_SERVER}, 0, e.closes)` },
  server_ended: { raw: 'if(is_client, 0, f.closes)', rollup: `if(${OF_SERVER}, e.closes, 0)` },
  client_saw_client_reset: reset('client', 'client'),
  client_saw_server_reset: reset('client', 'server'),
  server_saw_client_reset: reset('server', 'client'),
  server_saw_server_reset: reset('server', 'server'),
  sent_again: {
    raw: `if(f.failures > 0, 0, toUInt32(f.retransmits - least(f.retransmits, ${NOT_LOST})))`,
    rollup: 'e.retransmits',
  },
  segments_sent_doubled: {
    raw: `if(f.failures > 0, 0, ${SEGMENTS_DOUBLED.raw})`,
    rollup: SEGMENTS_DOUBLED.rollup,
  },
  client_looks: {
    raw: `is_client AND f.failures = 0 AND ${SPEAKS.raw}`,
    rollup: `if(${OF_SERVER} OR NOT ${SPEAKS.rollup}, 0, toInt64(e.rows) - toInt64(e.failures))`,
  },
  server_looks: {
    raw: `NOT is_client AND f.failures = 0 AND ${SPEAKS.raw}`,
    rollup: `if(${OF_SERVER} AND ${SPEAKS.rollup}, e.rows, 0)`,
  },
}

/** Column of a health measure in edge rows: apart from the edge's own measures, which count each connection once. */
export const healthColumn = (name: string): string => `seen_${name}`

const measure = (name: string, e: Expressions): Measure => ({ name: healthColumn(name), ...e, counted: false })

/** What health is judged by, from the rows of both ends. */
export const healthCounts: readonly Measure[] = flowCountNames.map((name) => measure(name, expressions[name]))

/** Rows by which an agent is known at the end: its own, or those whose far end is a known node. */
export const endsSeen: readonly Measure[] = [
  measure('client', {
    raw: "is_client OR f.remote_node != ''",
    rollup: `if(NOT ${OF_SERVER} OR e.client_cluster != '', e.rows, 0)`,
  }),
  measure('server', {
    raw: "NOT is_client OR f.remote_node != ''",
    rollup: `if(e.side != 'client' OR e.server_cluster != '', e.rows, 0)`,
  }),
]
