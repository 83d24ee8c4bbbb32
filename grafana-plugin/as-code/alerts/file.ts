import { Document } from 'yaml'
import { provisioned } from './rule.ts'
import { groups } from './rules.ts'

const head = ` Alert rules on Headwater's own data source, for Grafana 12 and 13. Generated from grafana-plugin/as-code: npm run as-code
 noDataState OK: where nothing was seen, nothing is wrong; whether agents report is a rule of its own.
 execErrState KeepLast: an error would else resolve, after two intervals, what fires. One rule tells of errors.`

/** The provisioning file of all rules, each with the reason for it. */
export function rulesFile(): string {
  const document = new Document({ apiVersion: 1 })
  document.commentBefore = head
  const list = groups.map(({ name, interval, rules }) => {
    const nodes = rules.map((rule) =>
      Object.assign(document.createNode(provisioned(rule)), { commentBefore: ` ${rule.why}` }),
    )
    return document.createNode({ orgId: 1, name, folder: 'Headwater', interval, rules: nodes })
  })
  document.set('groups', document.createNode(list))
  return document.toString({ lineWidth: 0 })
}
