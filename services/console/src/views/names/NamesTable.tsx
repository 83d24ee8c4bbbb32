import type { DnsGroup } from '@headwater/contracts'
import { exactCount } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { Name } from '../basics/Name.js'
import { Count, Micros } from '../basics/Quantity.js'
import { answerOf, worstFirst } from './answers.js'

export interface NamesTableProps {
  /** By name, type and code. */
  groups: readonly DnsGroup[]
}

/** Groups in the document. */
const MOST = 12

function Group({ group }: { group: DnsGroup }) {
  const { name, type, questions, failures, answers, p50_us, p95_us, max_us } = group
  const times = `p50 ${p50_us ?? '–'} µs, longest ${max_us ?? '–'} µs`
  return (
    <tr>
      <th scope="row" title={answers.map(printable).join(', ')}>
        <Name text={name === null || name === '' ? 'no name kept' : name} max={44} />{' '}
        <small className="hw-muted">{printable(type ?? '')}</small>
      </th>
      <td className={failures > 0 ? 'hw-bad' : 'hw-muted'}>{printable(answerOf(group))}</td>
      <td title={`${exactCount(questions)} questions, ${exactCount(failures)} failed`}>
        <Count value={questions} />
      </td>
      <td title={times}>
        <Micros value={p95_us} />
      </td>
    </tr>
  )
}

/** Questions for names: what came of them, how many, and how long they took. What failed comes first. */
export function NamesTable({ groups }: NamesTableProps) {
  const rows = worstFirst(groups)
  return (
    <>
      <table className="hw-plain hw-names" data-testid="names" aria-label="Questions for names">
        <thead>
          <tr>
            <th scope="col">Name and type</th>
            <th scope="col">Answer</th>
            <th scope="col">Asked</th>
            <th scope="col" title="Question to answer">
              p95
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map((group) => (
            <Group key={JSON.stringify([group.name, group.type, group.rcode])} group={group} />
          ))}
        </tbody>
      </table>
      {rows.length > MOST && <p className="hw-muted">and {rows.length - MOST} more</p>}
    </>
  )
}
