import type { MapAnswer, SeriesAnswer } from '@headwater/contracts/api'
import { expect, it } from 'vitest'
import type { MadeUp } from '../host/made-up.js'
import { column, hrefOf, type Open } from './host.js'

const edges = { queryType: 'edges', format: 'table' }
export function queryCases(open: Open, asked: () => MadeUp['asked']): void {
  /** The filter of the last question that the API was asked. */
  const lastFilter = (): string | null | undefined => asked().at(-1)?.query.get('filter')

  it('a table of edges has the figures of the API', async () => {
    const host = await open()
    const answer = await host.server.ask<MapAnswer>('map', host.asText)
    const run = await host.run({ queries: [edges] })
    expect(column(run, 'connects')).toEqual(answer.edges.map((e) => e.connects))
    await host.table({ queries: [{ ...edges, fields: ['client_service', 'server_service', 'connects'] }] })
    const cells = host.page.getByRole('gridcell')
    await cells.first().waitFor()
    // The unit is Grafana's `short`: from a thousand on in K.
    const [, value, kilo] = /^([\d.]+)( K)?$/.exec((await cells.nth(2).textContent()) ?? '') ?? []
    const connects = answer.edges[0]?.connects ?? Number.NaN
    expect(Number(value) * (kilo === undefined ? 1 : 1000)).toBeCloseTo(connects, -Math.log10(connects / 50 + 1))
  })

  it('series are those of the API', async () => {
    const host = await open()
    const answer = await host.server.ask<SeriesAnswer>('series', host.asText)
    const run = await host.run({ queries: [{ queryType: 'series', fields: ['failures', 'connects'] }] })
    expect(column(run, 'failures')).toEqual(answer.series.failures)
    expect(column(run, 'time')).toEqual(answer.time)
    expect(run.frames.map((f) => f.fields.map((field) => field.name))).toEqual([['time', 'failures', 'connects']])
  })

  it('a variable: one value, several, and values with characters of regular expressions', async () => {
    const host = await open()
    const ask = (value: string | string[]) =>
      host.run({
        queries: [{ ...edges, filter: '{server_service="$service"}' }],
        variables: [{ name: 'service', value }],
      })
    expect(new Set(column(await ask('cart'), 'server_service'))).toEqual(new Set(['cart']))
    expect(new Set(column(await ask(['cart', 'kafka']), 'server_service'))).toEqual(new Set(['cart', 'kafka']))
    expect(lastFilter()).toBe('{server_service=~"(cart|kafka)"}')
    // As a regular expression it would match more than itself.
    expect(column(await ask(['10.20.4.7', '10x20x4x7']), 'server_service')).toEqual(['10.20.4.7'])
    const odd = 'a.b*c+(d)|[e]{f}^$"\\'
    expect((await ask([odd, 'kafka'])).errors).toEqual([])
    expect((await ask(odd)).errors).toEqual([])
  })

  it('a grouping in a variable', async () => {
    const host = await open()
    await host.run({ queries: [{ ...edges, groupBy: '$group' }], variables: [{ name: 'group', value: 'cluster' }] })
    expect(asked().at(-1)?.query.get('group_by')).toBe('cluster')
    const wrong = await host.run({
      queries: [{ ...edges, groupBy: '$group' }],
      variables: [{ name: 'group', value: 'x' }],
    })
    expect(wrong.errors.join()).toContain('There is no grouping "x"')
  })

  it('values of a variable come from the API', async () => {
    const host = await open()
    const values = await host.variable('service')
    expect(values.map((v) => v.value)).toContain('storefront')
    const labels = asked()
      .filter((a) => a.path === 'values')
      .map((a) => a.query.get('label'))
    expect(labels.sort()).toEqual(['client_service', 'server_service'])
  })

  it('ad-hoc filters: keys, values, and every query filtered', async () => {
    const host = await open()
    const keys = await host.method<{ text: string }[]>('getTagKeys')
    expect(keys.map((k) => k.text)).toEqual(
      expect.arrayContaining(['service', 'client_service', 'server_port', 'transport']),
    )
    const values = await host.method<{ text: string }[]>('getTagValues', { key: 'client_service', filters: [] })
    expect(values.map((v) => v.text)).toContain('nginx')
    const filters = [{ key: 'client_service', operator: '=', value: 'nginx' }]
    const run = await host.run({ queries: [edges, { queryType: 'nodes' }], filters })
    expect(new Set(column(run, 'client_service'))).toEqual(new Set(['nginx']))
    expect(host.server.queries.map((q) => q.filter)).toEqual(['{client_service="nginx"}', ''])
    const more = await host.run({ queries: [edges], filters: [{ key: 'server_port', operator: '>', value: '1' }] })
    expect(more.errors.join()).toContain('Filters of Headwater know')
  })

  it('an annotation: new edges with time, title and text', async () => {
    const host = await open()
    const run = await host.run({ queries: [{ queryType: 'changes' }] })
    expect(column(run, 'title')).toContain('New: checkout → cart')
    expect(new Set(column(run, 'kind'))).toContain('new-edge')
    await host.editor('annotation', { refId: 'Anno', queryType: 'changes', filter: '' })
    const text = host.page.getByTestId('filter-text')
    await text.fill('{service="cart"}')
    await text.press('Enter')
    await expect.poll(() => host.value()).toMatchObject({ queryType: 'changes', filter: '{service="cart"}' })
  })

  it('data links: from an edge to its flows, from a flow to its process', async () => {
    const host = await open()
    await host.table({ queries: [{ ...edges, filter: '{server_service="cart",client_service="storefront"}' }] })
    const toFlows = await hrefOf(host.page, 'storefront')
    expect(toFlows).toContain('"queryType":"flows"')
    expect(toFlows).toContain('client_service=\\"storefront\\"')
    expect(toFlows).toContain('server_service=\\"cart\\"')
    const flows = { queryType: 'flows', format: 'table', fields: ['process'], filter: '{service="cart"}' }
    await host.table({ queries: [flows] })
    const toProcess = await hrefOf(host.page, 'cart')
    expect(toProcess).toContain('"groupBy":"process"')
    expect(toProcess).toMatch(/\{process=\\"[^"]+\\",node=\\"node-\d\\",cluster=\\"shop\\"\}/)
  })

  it('the health check says what is wrong', async () => {
    const host = await open()
    const { message } = await host.method<{ message: string }>('testDatasource')
    expect(message).toBe('Headwater 0.1.0 answers; 3 agents heard in the last 5 minutes.')
    const failed = async (): Promise<string> => JSON.stringify(await host.method('testDatasource'))
    host.configure({ token: 'error' })
    expect(await failed()).toContain('ClickHouse at 127.0.0.1:8123 refused the connection')
    host.configure({ token: 'wrong' })
    expect(await failed()).toContain('Headwater refuses the token')
  })
}
