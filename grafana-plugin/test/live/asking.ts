import type { EdgesAnswer, FlowsAnswer, ValuesAnswer } from '@headwater/contracts/api'
import { expect, it } from 'vitest'
import { column, type Host, hrefOf, type Open } from '../cases/host.js'
import { sum } from './figures.js'

/** The query that a link to Explore leads to. */
function queryIn(href: string): object {
  const panes = new URL(href, 'http://grafana').searchParams
  const state = JSON.parse(panes.get('left') ?? panes.get('panes') ?? '{}')
  const pane = 'queries' in state ? state : Object.values(state)[0]
  return pane.queries[0]
}
async function linked(host: Host, text: string): Promise<object> {
  return queryIn(await hrefOf(host.page, text, false))
}
const valuesOf = async (host: Host, label: string): Promise<string[]> =>
  (await host.server.ask<ValuesAnswer>('values', { ...host.asText, label })).values

/** Filters, variables, links: what leads from one answer to the next, followed. */
export function calmAsking(open: Open): void {
  const edges = { queryType: 'edges', format: 'table' }

  it('the editor offers the values that the API has', async () => {
    const host = await open()
    await host.editor('query', { refId: 'A', queryType: 'map', filter: '{server_service="payments"}' })
    const value = host.page.getByTestId('matcher-0').getByRole('combobox').nth(2)
    await expect.poll(() => value.inputValue()).toBe('payments')
    await value.click()
    await value.fill('')
    const values = await valuesOf(host, 'server_service')
    const offered = host.page.getByRole('option')
    await expect
      .poll(() => offered.allTextContents())
      .toEqual(expect.arrayContaining(['cart', 'catalogue', 'database']))
    const texts = await offered.allTextContents()
    expect(values).toEqual(expect.arrayContaining(texts))
    await host.page.getByRole('option', { name: 'catalogue' }).click()
    await expect.poll(() => host.value()).toMatchObject({ filter: '{server_service="catalogue"}' })
  })

  it('a variable has the values of the API, and filters by them', async () => {
    const host = await open()
    const both = [...(await valuesOf(host, 'client_service')), ...(await valuesOf(host, 'server_service'))]
    const values = (await host.variable('service')).map((v) => v.value)
    expect(values).toEqual([...new Set(both)].sort())
    expect(values).toContain('payments')
    const queries = [{ ...edges, filter: '{server_service="$service"}' }]
    const run = await host.run({ queries, variables: [{ name: 'service', value: ['payments', 'cart'] }] })
    const filter = '{server_service=~"(payments|cart)"}'
    const answer = await host.server.ask<EdgesAnswer>('edges', { ...host.asText, filter })
    expect(answer.edges.length).toBeGreaterThan(1)
    expect(column(run, 'connects')).toEqual(answer.edges.map((e) => e.connects))
  })

  it('ad-hoc filters: keys, values of the API, and what they leave', async () => {
    const host = await open()
    const keys = await host.method<{ text: string }[]>('getTagKeys')
    expect(keys.map((k) => k.text)).toContain('client_node')
    const values = await host.method<{ text: string }[]>('getTagValues', {
      ...{ key: 'client_node', filters: [], timeRange: host.range },
    })
    expect(values.map((v) => v.text).sort()).toEqual((await valuesOf(host, 'client_node')).sort())
    const filters = [{ key: 'client_service', operator: '=', value: 'checkout' }]
    const run = await host.run({ queries: [edges], filters })
    const answer = await host.server.ask<EdgesAnswer>('edges', {
      ...host.asText,
      filter: '{client_service="checkout"}',
    })
    expect(column(run, 'server_service')).toEqual(answer.edges.map((e) => e.labels.server_service))
    expect(new Set(column(run, 'client_service'))).toEqual(new Set(['checkout']))
  })

  it('links: an edge to its flows, a flow to what its process talks to', async () => {
    const host = await open()
    const filter = '{client_service="checkout",server_service="payments"}'
    await host.table({ queries: [{ ...edges, fields: ['client_service', 'server_service', 'connects'], filter }] })
    const toFlows = await linked(host, 'checkout')
    expect(toFlows).toMatchObject({ queryType: 'flows' })
    const flows = await host.run({ queries: [{ ...toFlows, limit: 5_000 }] })
    const [edge] = (await host.server.ask<EdgesAnswer>('edges', { ...host.asText, filter })).edges
    const ends = column(flows, 'side').map((side, i) => {
      const pair = [column(flows, 'local_service')[i], column(flows, 'remote_service')[i]]
      return (side === 'client' ? pair : pair.reverse()).join(' > ')
    })
    expect(new Set(ends)).toEqual(new Set(['checkout > payments']))
    expect(sum(column(flows, 'connects'))).toBe(edge?.connects)
    const { flows: listed } = await host.server.ask<FlowsAnswer>('flows', { ...host.asText, filter, limit: '5000' })
    expect(column(flows, 'time')).toEqual(listed.map((f) => f.time))

    await host.table({ queries: [{ ...toFlows, fields: ['side', 'process', 'node'], limit: 20 }] })
    const process = String(column(flows, 'process')[column(flows, 'side').indexOf('client')])
    const toProcess = await linked(host, process)
    expect(toProcess).toMatchObject({ queryType: 'edges', groupBy: 'process' })
    const around = await host.run({ queries: [{ ...toProcess, format: 'table' }] })
    const rows = column(around, 'client_process').map((client, i) => [client, column(around, 'server_process')[i]])
    expect(rows.length).toBeGreaterThan(1)
    expect(rows.filter((ends) => !ends.includes(process))).toEqual([])
  })

  it('the health check names what answers', async () => {
    const host = await open()
    const { message } = await host.method<{ message: string }>('testDatasource')
    expect(message).toMatch(/^Headwater \d+\.\d+\.\d+ answers; 6 agents heard in the last 5 minutes\.$/)
  })
}
