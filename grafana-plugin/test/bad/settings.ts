import { expect, it } from 'vitest'
import type { Source } from '../../backend/test/grafana.ts'
import type { Host, Open } from '../cases/host.js'

const map = { queries: [{ queryType: 'map', format: 'frames' }] }

/** A data source that cannot work, and what people read: what to do about it. */
const wrong: [name: string, to: (host: Host) => Partial<Source>, sentence: RegExp][] = [
  [
    'nothing listens there',
    () => ({ url: 'http://127.0.0.1:1' }),
    /^Nothing listens at http:\/\/127\.0\.0\.1:1: start/,
  ],
  [
    'a name that is none',
    () => ({ url: 'http://no-such-host.invalid:4400' }),
    /no-such-host\.invalid .*correct the URL/,
  ],
  ['another kind of address', () => ({ url: 'ftp://headwater' }), /is no http or https URL: put in one such as/],
  ['no address at all', () => ({ url: '' }), /has no URL: put the URL of Headwater into its settings/],
  ['somebody else', (host) => ({ url: host.server.url }), /but it is not Headwater: put the URL/],
  [
    'TLS where there is none',
    ({ server }) => ({ url: String(server.source.url).replace('http:', 'https:') }),
    /TLS: let the URL .* begin with http\./,
  ],
  ['a token that was changed', () => ({ token: 'expired' }), /^Headwater refuses the token .*Put the current one into/],
  ['no token', () => ({ token: undefined }), /^The data source has no token\. Put the current one into/],
  ['a token with a line break', () => ({ token: 'a\nb' }), /characters that no token has: paste it again/],
]

export function settingsCases(open: Open): void {
  it.each(wrong)('%s: panels, pages and "Save & test" say what to do', async (_, change, sentence) => {
    const host = await open()
    host.configure(change(host))
    for (const panel of ['map-panel', 'health-panel'] as const) {
      await host.panel(panel, map)
      await host.notice(sentence)
    }
    const { errors } = await host.run({ queries: [{ queryType: 'edges', format: 'table' }] })
    expect(errors).toEqual([expect.stringMatching(sentence)])
    const tested = await host.method<{ message?: string; error?: string }>('testDatasource')
    expect(tested.message ?? tested.error).toMatch(sentence)
    await host.open('/a/headwater-app/health')
    const shown = new RegExp(sentence.source.replace('^', ''))
    await host.page.getByText(shown).first().waitFor({ timeout: 10_000 })
  })
}
