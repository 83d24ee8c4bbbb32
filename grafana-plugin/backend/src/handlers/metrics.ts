/** Upper bounds of the time of a query, s. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** What the backend tells of itself, as Prometheus text: Grafana serves it at /metrics/plugins/headwater-datasource. */
export class Metrics {
  private readonly byStatus = new Map<number, number>()
  private readonly buckets = bounds.map(() => 0)
  private seconds = 0
  private count = 0

  query(status: number, seconds: number): void {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1)
    this.count++
    this.seconds += seconds
    for (const [i, bound] of bounds.entries()) if (seconds <= bound) this.buckets[i] = (this.buckets[i] ?? 0) + 1
  }

  text(): string {
    const cpu = process.cpuUsage()
    const lines = [
      ...head('headwater_grafana_queries_total', 'counter', 'Queries answered, by the status that Grafana was told'),
      ...[...this.byStatus].map(([status, n]) => `headwater_grafana_queries_total{status="${status}"} ${n}`),
      ...head('headwater_grafana_query_seconds', 'histogram', 'Time of a query, with that of the API'),
      ...bounds.map((bound, i) => `headwater_grafana_query_seconds_bucket{le="${bound}"} ${this.buckets[i]}`),
      `headwater_grafana_query_seconds_bucket{le="+Inf"} ${this.count}`,
      `headwater_grafana_query_seconds_sum ${this.seconds}`,
      `headwater_grafana_query_seconds_count ${this.count}`,
      ...head('process_resident_memory_bytes', 'gauge', 'Resident memory'),
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ...head('process_cpu_seconds_total', 'counter', 'User and system time'),
      `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
    ]
    return `${lines.join('\n')}\n`
  }
}

const head = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
]
