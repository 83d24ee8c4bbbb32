import type {
  CompletenessAnswer,
  CostAnswer,
  EdgesAnswer,
  FlowsAnswer,
  NodesAnswer,
  SeriesAnswer,
  ServicesAnswer,
} from '@headwater/contracts/api'
import { expect, it } from 'vitest'
import { column, type Host, type Open } from '../cases/host.js'
import { bytesIn, sum } from './figures.js'

const cells = (host: Host) => host.page.getByRole('gridcell')

/** Grafana's own table of a query: its heads, and the texts of its cells. */
async function shown(host: Host, query: object): Promise<{ heads: string[]; cells: string[] }> {
  await host.table({ queries: [query] })
  await cells(host).first().waitFor()
  const heads = await host.page.getByRole('columnheader').allTextContents()
  return { heads, cells: await cells(host).allTextContents() }
}

/** Tables on a calm lab: every row as the API says, and on screen. */
export function calmTables(open: Open): void {
  it('services', async () => {
    const host = await open()
    const { services } = await host.server.ask<ServicesAnswer>('services', host.asText)
    const query = { queryType: 'services', format: 'table', fields: ['service', 'state', 'connects', 'tx_bytes'] }
    const run = await host.run({ queries: [query] })
    expect(column(run, 'connects')).toEqual(services.map((s) => s.connects))
    expect(column(run, 'tx_bytes')).toEqual(services.map((s) => s.tx_bytes))
    const { heads, cells } = await shown(host, query)
    expect(heads).toEqual(['service', 'state', 'connects', 'tx_bytes'])
    expect(cells).toEqual(expect.arrayContaining(services.map((s) => s.label)))
    const written = cells.filter((_, i) => i % 4 === 3).map(bytesIn)
    for (const [i, { tx_bytes }] of services.entries())
      expect(written[i]).toBeCloseTo(tx_bytes, -Math.log10(tx_bytes / 50 + 1))
  })

  it('edges', async () => {
    const host = await open()
    const { edges } = await host.server.ask<EdgesAnswer>('edges', host.asText)
    const fields = ['client_service', 'server_service', 'connects', 'failures']
    const query = { queryType: 'edges', format: 'table', fields }
    const run = await host.run({ queries: [{ ...query, fields: [] }] })
    for (const name of ['client_to_server_bytes', 'server_to_client_bytes', 'connects', 'failures'] as const)
      expect(column(run, name)).toEqual(edges.map((e) => e[name]))
    // Grafana draws the rows that are in sight: those of TCP have room.
    const filter = '{transport="tcp"}'
    const tcp = await host.server.ask<EdgesAnswer>('edges', { ...host.asText, filter })
    const { heads, cells } = await shown(host, { ...query, filter })
    expect(heads).toEqual(fields)
    const rows = tcp.edges.flatMap((e) => [e.labels.client_service, e.labels.server_service, e.connects, e.failures])
    expect(cells).toEqual(rows.map(String))
  })

  it('flows, newest first', async () => {
    const host = await open()
    const { flows } = await host.server.ask<FlowsAnswer>('flows', { ...host.asText, limit: '50' })
    const fields = ['time', 'local_service', 'remote_service', 'process', 'tx_bytes']
    const query = { queryType: 'flows', format: 'table', fields, limit: 50 }
    const run = await host.run({ queries: [query] })
    expect(column(run, 'time')).toEqual(flows.map((f) => f.time))
    expect(column(run, 'tx_bytes')).toEqual(flows.map((f) => f.tx_bytes))
    const { heads, cells } = await shown(host, query)
    expect(heads).toEqual(fields)
    expect(cells.slice(1, 4)).toEqual([flows[0]?.local_service, flows[0]?.remote_service, flows[0]?.process])
    expect(cells[0]).toBe(new Date(flows[0]?.time ?? 0).toISOString().replace('T', ' ').slice(0, 23))
  })

  it('cost, and its total', async () => {
    const host = await open()
    const answer = await host.server.ask<CostAnswer>('cost', host.asText)
    const pairs = await host.run({ queries: [{ queryType: 'cost', format: 'table' }] })
    expect(column(pairs, 'cost')).toEqual(answer.pairs.map((p) => p.cost))
    const total = { queryType: 'cost', format: 'long', fields: ['per_month'] }
    expect(column(await host.run({ queries: [total] }), 'per_month')).toEqual([answer.total.per_month])
    const { cells } = await shown(host, total)
    expect(cells[0]).toMatch(/^\$[\d.,]+/)
    const written = Number(/[\d.]+/.exec(cells[0]?.replaceAll(',', '') ?? '')?.[0])
    expect(Math.abs(written - answer.total.per_month)).toBeLessThanOrEqual(answer.total.per_month * 0.005 + 0.005)
  })

  it('nodes', async () => {
    const host = await open()
    const { nodes } = await host.server.ask<NodesAnswer>('nodes', host.asText)
    expect(nodes).toHaveLength(6)
    const { cells } = await shown(host, { queryType: 'nodes', format: 'table', fields: ['cluster', 'node', 'state'] })
    expect(cells).toEqual(nodes.flatMap((n) => [n.cluster, n.node, n.state]))
  })

  it('completeness', async () => {
    const host = await open()
    const { completeness } = await host.server.ask<CompletenessAnswer>('completeness', host.asText)
    expect(completeness).toMatchObject({ delivered: 1, coverage: 1, nodes_heard: 6 })
    const fields = ['delivered', 'coverage', 'rows_stored', 'nodes_heard']
    const run = await host.run({ queries: [{ queryType: 'completeness', format: 'table', fields }] })
    expect(column(run, 'rows_stored')).toEqual([completeness.rows_stored])
    const { cells } = await shown(host, { queryType: 'completeness', format: 'table', fields })
    expect(cells.slice(0, 2)).toEqual(['100%', '100%'])
    expect(cells[3]).toBe('6')
  })

  it('series with labels: each edge, and together the whole', async () => {
    const host = await open()
    const answer = await host.server.ask<SeriesAnswer>('series', { ...host.asText, split: 'edge', step: '1s' })
    const run = await host.run({ queries: [{ queryType: 'series', split: 'edge', fields: ['connects'] }] })
    const numbers = run.frames.flatMap((f) => f.fields.filter((field) => field.name === 'connects'))
    const labels = numbers.map((f) => f.labels)
    expect(labels).toHaveLength(answer.groups?.length ?? 0)
    expect(labels).toContainEqual(
      expect.objectContaining({ client_service: 'checkout', server_service: 'payments', transport: 'tcp' }),
    )
    const total = sum(numbers.flatMap((f) => f.values))
    expect(total).toBe(sum(answer.series.connects))
  })

  it("Node Graph's frames, field by field", async () => {
    const host = await open()
    const run = await host.run({ queries: [{ queryType: 'map', format: 'node_graph' }] })
    const [nodes, edges] = run.frames
    expect(run.frames.map((f) => [f.name, f.meta?.preferredVisualisationType])).toEqual([
      ['nodes', 'nodeGraph'],
      ['edges', 'nodeGraph'],
    ])
    const names = (of: typeof nodes) => of?.fields.map((f) => f.name)
    expect(names(nodes)).toEqual(expect.arrayContaining(['id', 'title', 'subtitle', 'mainstat', 'secondarystat']))
    expect(names(edges)).toEqual(expect.arrayContaining(['id', 'source', 'target', 'mainstat', 'thickness']))
    const { edges: listed } = await host.server.ask<EdgesAnswer>('edges', host.asText)
    const bytes = listed.map((e) => e.client_to_server_bytes + e.server_to_client_bytes)
    expect(sum(edges?.fields.find((f) => f.name === 'mainstat')?.values ?? [])).toBe(sum(bytes))
  })
}
