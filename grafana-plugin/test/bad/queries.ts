import { expect, it } from 'vitest'
import { settled } from '../../../services/console/test/browser.js'
import { column, type Open } from '../cases/host.js'
import { names } from './names.js'

const edges = { queryType: 'edges', format: 'table' }
const map = { queries: [{ queryType: 'map', format: 'frames' }] }

const wrong: [name: string, asked: object, sentence: RegExp][] = [
  ['an unknown type', { queryType: 'traces' }, /^There is no query type "traces"; there are map, services/],
  ['an unknown grouping', { queryType: 'map', groupBy: 'planet' }, /^There is no grouping "planet"; there are service/],
  [
    'a filter without an end',
    { queryType: 'map', filter: '{service="a"' },
    /^Filter: a comma or } is missing \(at character 13\)/,
  ],
  ['a filter of an unknown label', { queryType: 'map', filter: '{servise="a"}' }, /^Filter: .*servise/],
  [
    'a pattern that is none',
    { queryType: 'map', filter: '{service=~"("}' },
    /^Filter: "\(" is not a regular expression/,
  ],
  [
    'a filter beyond all measure',
    { queryType: 'map', filter: `{service="${'x'.repeat(5_000)}"}` },
    /longer than 4096 characters/,
  ],
  ['a limit below one', { queryType: 'map', limit: 0 }, /^The limit of the query is below 1/],
]

/** Queries that cannot be answered, and names that nobody wants, from the real API. */
export function badQueries(open: Open): void {
  it.each(wrong)('%s is a sentence in the panels', async (_, query, sentence) => {
    const host = await open()
    for (const panel of ['map-panel', 'health-panel'] as const) {
      await host.panel(panel, { queries: [{ format: 'frames', ...query }] })
      await host.notice(sentence)
    }
  })

  it('an empty range, and one that is upside down', async () => {
    const host = await open()
    for (const { from, to } of [
      { from: host.range.to, to: host.range.to },
      { from: host.range.to, to: host.range.from },
    ]) {
      await host.panel('map-panel', { ...map, from, to })
      await host.notice(/^The time range is empty: .*[Cc]hoose/)
    }
  })

  it('a variable with characters of regular expressions means itself, alone and among others', async () => {
    const host = await open()
    const ask = async (value: string | string[]) => {
      const variables = [{ name: 'service', value }]
      const run = await host.run({ queries: [{ ...edges, filter: '{client_service="$service"}' }], variables })
      expect(run.errors).toEqual([])
      return column(run, 'client_service').sort()
    }
    for (const name of [names.regex, names.markup, names.script, names.controls, names.template])
      expect(await ask(name)).toEqual([name])
    expect(await ask([names.regex, 'a.b'])).toEqual([names.regex])
    expect(await ask(['a.b', 'axb'])).toEqual(['axb'])
    expect(await ask([names.markup, names.template])).toEqual([names.template, names.markup].sort())
  })

  it('a variable of 10 kB is refused with a sentence, not cut', async () => {
    const host = await open()
    const variables = [{ name: 'service', value: names.huge }]
    const run = await host.run({ queries: [{ ...edges, filter: '{client_service="$service"}' }], variables })
    expect(run.errors).toEqual([expect.stringMatching(/longer than 4096 characters/)])
  })

  it('names are only ever text, and never wider than their place', async () => {
    const host = await open()
    const inPlace = async (): Promise<void> => {
      const beyond = await host.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(beyond).toBeLessThanOrEqual(0)
      expect(await host.page.evaluate(() => 'hacked' in window)).toBe(false)
    }
    await host.panel('health-panel', map)
    await expect.poll(() => host.page.getByTestId('services').textContent()).toContain('<img src=x onerror=')
    await inPlace()
    await host.panel('map-panel', map)
    await settled(host.page)
    await inPlace()
    await host.table({ queries: [{ ...edges, fields: ['client_service', 'server_service', 'connects'] }] })
    await host.page.getByText('<img src=x').first().waitFor()
    await inPlace()
    await host.editor('query', { refId: 'A', queryType: 'map', filter: `{service=${JSON.stringify(names.markup)}}` })
    await expect.poll(() => host.page.getByTestId('filter-text').inputValue()).toContain('<img')
    await inPlace()
    for (const page of ['map', 'health', 'cost', 'fleet']) {
      await host.open(`/a/headwater-app/${page}`, `?from=${host.asText.from}&to=${host.asText.to}&refresh=0`)
      await host.page.waitForTimeout(1_000)
      await inPlace()
    }
  })

  it('a link of such a row finds its rows again', async () => {
    const host = await open()
    const run = await host.run({ queries: [edges] })
    const services = column(run, 'client_service')
    for (const name of [names.markup, names.script, names.regex, names.controls]) {
      const filter = String(column(run, 'filter')[services.indexOf(name)])
      const flows = await host.run({ queries: [{ queryType: 'flows', filter }] })
      const clients = column(flows, 'side').map((side, i) =>
        side === 'client' ? column(flows, 'local_service')[i] : column(flows, 'remote_service')[i],
      )
      expect(flows.errors).toEqual([])
      expect(new Set(clients)).toContain(name)
    }
  })
}
