import type { Override } from './fields.ts'

const ends = (name: string, head: string) => ({
  [`client_${name}`]: `Client ${head}`,
  [`server_${name}`]: `Server ${head}`,
})

/** What people read above a column, or beside a line. Fields keep their names: links and filters go by them. */
export const heads: Record<string, string> = {
  ...ends('zone', 'zone'),
  ...ends('cluster', 'cluster'),
  ...ends('node', 'node'),
  ...ends('process', 'process'),
  ...{ client_service: 'Client', server_service: 'Server', server_ports: 'Ports', transport: 'Over' },
  ...{ service: 'Service', process: 'Process', cluster: 'Cluster', namespace: 'Namespace', node: 'Node', zone: 'Zone' },
  ...{ state: 'State', cause: 'Cause', at_fault: 'At fault', reason: 'Reason' },
  ...{ bytes_per_second: 'Traffic', tx_bytes_per_second: 'Sends', rx_bytes_per_second: 'Receives' },
  ...{ client_to_server_bytes: 'To the server', server_to_client_bytes: 'To the client' },
  ...{ client_to_server_wire_bytes: 'To the server', server_to_client_wire_bytes: 'To the client' },
  ...{ connects: 'Connections', accepts: 'Accepted', failures: 'Failures', failure_ratio: 'Failing' },
  ...{ failure_reasons: 'Why they fail', failure_reason: 'Failed by', open: 'Open', resets: 'Resets' },
  ...{ retransmits: 'Sent again', retransmit_ratio: 'Sent again', connect_us: 'To connect', srtt_us: 'Round trip' },
  ...{ connect_us_p95: 'Connect p95', srtt_us_p95: 'Round trip p95' },
  ...{ name: 'Name', type: 'Type', rcode: 'Code', questions: 'Questions', timeouts: 'No answer', answers: 'Addresses' },
  ...{ p50_us: 'p50', p95_us: 'p95', max_us: 'Slowest', clients: 'Services', last: 'Last' },
  ...{ path_class: 'Path', nat_gateway: 'NAT gateway', items: 'Charged for' },
  ...{ cost: 'Cost', per_day: 'A day', per_month: 'A month' },
  ...{ heard_age_seconds: 'Heard ago', started: 'Started', clock_offset_ms: 'Clock off by', version: 'Version' },
  ...{ kernel: 'Kernel', notice: 'Notice', capabilities_missing: 'Cannot', cpu_seconds: 'CPU', rss_bytes: 'Memory' },
  ...{ cpu_used: 'CPU', cpu_budget: 'CPU budget', given_up: 'Given up' },
  ...{ limit_used_ratio: 'Limit in use' },
  ...{ kernel_bytes: 'In the kernel', ring_peak_ratio: 'Ring peak' },
  ...{ rows_produced: 'Made', rows_stored: 'Stored', rows_dropped: 'Dropped', rows_excluded: 'Left out' },
  ...{ dns_delivered: 'DNS delivered', losses: 'Lost besides' },
  ...{ time: 'Time', side: 'Side', local_service: 'Service', remote_service: 'Other end', local_ip: 'Address' },
  ...{ remote_ip: 'Other address', remote_port: 'Other port', tx_bytes: 'Sent', rx_bytes: 'Received' },
}

/** Columns of figures: what they leave is for names. */
const figures =
  /^(connects|accepts|failures|failure_ratio|retransmits|retransmit_ratio|resets|questions|timeouts|clients|(p50|p95|max)_us|bytes_per_second|[tr]x_bytes.*|.*_us(_p95)?|side|.*_port)$/
const FIGURE_WIDTH = 112

/** Heads of columns and lines. */
export const headsOf = (fields: readonly string[]): Override[] =>
  fields.flatMap((name) => {
    const head = heads[name]
    const matcher = { id: 'byName', options: name }
    return head === undefined ? [] : [{ matcher, properties: [{ id: 'displayName', value: head }] }]
  })

/** Figures are narrow, and nobody filters by them. */
export const widthsOf = (fields: readonly string[]): Override[] =>
  fields
    .filter((name) => figures.test(name))
    .map((name) => ({
      matcher: { id: 'byName', options: name },
      properties: [
        { id: 'custom.width', value: FIGURE_WIDTH },
        { id: 'custom.filterable', value: false },
      ],
    }))
