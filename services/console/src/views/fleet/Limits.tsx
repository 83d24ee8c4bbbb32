import { LIMIT_NEAR, type Limit } from '@headwater/contracts'
import { bytes, exactCount, share } from '../../format/number.js'
import { printable } from '../../format/text.js'

const NAMES: Record<string, string> = {
  ports: 'ephemeral ports',
  conntrack: 'conntrack',
  'tcp-memory': 'TCP memory',
  'udp-memory': 'UDP memory',
}
const MOST = 50

export const limitName = (kind: string): string => NAMES[kind] ?? printable(kind)

const amount = ({ kind }: Limit, n: number): string => (kind.endsWith('-memory') ? bytes(n) : exactCount(n))

/** What can run out on a node, and how near it is; the nearest first. */
export function Limits({ limits }: { limits: readonly Limit[] }) {
  if (limits.length === 0) return <p className="hw-muted">It reported none.</p>
  return (
    <>
      <table className="hw-plain" data-testid="limits">
        <thead>
          <tr>
            <th scope="col">What, and where</th>
            <th scope="col">In use</th>
            <th scope="col">Of it</th>
          </tr>
        </thead>
        <tbody>
          {limits.slice(0, MOST).map((limit) => (
            <tr key={`${limit.kind} ${limit.netns} ${limit.address}`}>
              <th scope="row">
                {limitName(limit.kind)} {limit.address !== '' && <code>{printable(limit.address)}</code>}{' '}
                <small className="hw-muted">netns {limit.netns}</small>
              </th>
              <td>
                {limit.kind === 'ports' && limit.address === '' && 'at most '}
                {amount(limit, limit.used)} of {amount(limit, limit.max)}
              </td>
              <td className={limit.used >= limit.max * LIMIT_NEAR ? 'hw-bad' : ''}>{share(limit.used / limit.max)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {limits.length > MOST && <p className="hw-muted">and {limits.length - MOST} more</p>}
    </>
  )
}
