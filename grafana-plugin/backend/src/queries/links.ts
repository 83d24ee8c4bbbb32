import { defaultQuery, type HeadwaterQuery } from '../../../model/query.ts'
import type { Settings } from '../api/settings.ts'
import type { DataLink } from '../frames/frame.ts'

/** Matchers for labels; JSON's escapes are among Go's. */
export const matchersOf = (labels: Record<string, string>): string => {
  const given = Object.entries(labels).filter(([, value]) => value !== '')
  return given.length === 0 ? '' : `{${given.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`
}

/** A link to another query of this data source, for what the row's hidden column "filter" selects. */
export const linkTo = ({ uid, name }: Settings, title: string, query: Partial<HeadwaterQuery>): DataLink => ({
  title,
  url: '',
  internal: {
    datasourceUid: uid,
    datasourceName: name,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own placeholder
    query: { ...defaultQuery, refId: 'A', ...query, filter: '${__data.fields.filter}' },
  },
})
