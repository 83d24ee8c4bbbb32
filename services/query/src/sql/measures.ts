import { bucketOf } from '@headwater/store'

/** A sum over the rows of an edge. */
export interface Measure {
  name: string
  /** Over a row `f` of `flows`, with `is_client` beside it. */
  raw: string
  /** Over a row `e` of a rollup: the same sum, of however many of them. */
  rollup: string
  /** From counted rows only: what both ends report of one connection is taken once. */
  counted: boolean
}

const both = (name: string, client: string, server: string): Measure => ({
  name,
  raw: `if(is_client, f.${client}, f.${server})`,
  rollup: `e.${name}`,
  counted: true,
})
const plain = (name: string, counted: boolean): Measure => ({ name, raw: `f.${name}`, rollup: `e.${name}`, counted })

/** As in the rollup: a connection's later rows may repeat its connect time. */
export const CONNECT_MEASURED = '(f.connect_us > 0 AND f.connects + f.accepts > 0)'

/** Log buckets of a latency, over a row of `flows` and over one of a rollup. */
export interface Histogram {
  name: 'connect_us' | 'srtt_us'
  bucket: string
  /** Whether the row of `flows` has a sample. */
  measured: string
  rollup: string
}

export const histograms: readonly Histogram[] = [
  {
    name: 'connect_us',
    bucket: bucketOf('f.connect_us'),
    measured: CONNECT_MEASURED,
    rollup: 'e.connect_us_histogram',
  },
  { name: 'srtt_us', bucket: bucketOf('f.srtt_us'), measured: 'f.srtt_us > 0', rollup: 'e.srtt_us_histogram' },
]

/** Twice the segments that the ends sent themselves: between peers the rollup cannot tell which of both sums is whose. */
export const SEGMENTS_DOUBLED: Measure = {
  name: 'segments_doubled',
  raw: "if(f.side IN ('client', 'server'), 2 * f.tx_packets, f.tx_packets + f.rx_packets)",
  rollup:
    "multiIf(e.side = 'client', 2 * e.client_to_server_packets, e.side = 'server', 2 * e.server_to_client_packets, e.client_to_server_packets + e.server_to_client_packets)",
  counted: false,
}

export const measures: readonly Measure[] = [
  both('client_to_server_bytes', 'tx_bytes', 'rx_bytes'),
  both('server_to_client_bytes', 'rx_bytes', 'tx_bytes'),
  both('client_to_server_wire_bytes', 'tx_wire_bytes', 'rx_wire_bytes'),
  both('server_to_client_wire_bytes', 'rx_wire_bytes', 'tx_wire_bytes'),
  both('client_to_server_packets', 'tx_packets', 'rx_packets'),
  both('server_to_client_packets', 'rx_packets', 'tx_packets'),
  // A counted row is the client's (connects) or that of a server whose client nobody observes (accepts).
  { name: 'connects', raw: 'f.connects + f.accepts', rollup: 'e.connects + e.accepts', counted: true },
  plain('closes', true),
  plain('failures', true),
  // One end sees the resets of both: those it sent and those it got.
  { name: 'resets', raw: 'f.resets_tx + f.resets_rx', rollup: 'e.resets_client + e.resets_server', counted: true },
  // Each end knows only what it sent again itself.
  plain('retransmits', false),
  SEGMENTS_DOUBLED,
  {
    name: 'connect_us_sum',
    raw: `if(${CONNECT_MEASURED}, f.connect_us, 0)`,
    rollup: 'e.connect_us_sum',
    counted: false,
  },
  { name: 'connect_us_count', raw: CONNECT_MEASURED, rollup: 'e.connect_us_count', counted: false },
  { name: 'srtt_us_sum', raw: 'f.srtt_us', rollup: 'e.srtt_us_sum', counted: false },
  { name: 'srtt_us_count', raw: 'f.srtt_us > 0', rollup: 'e.srtt_us_count', counted: false },
]
