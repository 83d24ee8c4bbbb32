import { exactCount } from '../../format/number.js'
import { printable } from '../../format/text.js'

/** Counts by name, the greatest first; nothing where all are 0. */
export function Counts({ caption, counts }: { caption: string; counts: Readonly<Record<string, number>> }) {
  const some = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
  if (some.length === 0) return null
  return (
    <table className="hw-drops">
      <caption>{caption}</caption>
      <tbody>
        {some.map(([name, n]) => (
          <tr key={name}>
            <td>{printable(name)}</td>
            <td className="hw-number">{exactCount(n)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
