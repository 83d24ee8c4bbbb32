import type { ProgramRuns } from '@headwater/contracts'
import { exactCount } from '../../format/number.js'
import { printable } from '../../format/text.js'

/** What others spend in an agent's kernel programs; nothing where the kernel does not count it. */
export function KernelTime({ programs }: { programs: readonly ProgramRuns[] }) {
  if (programs.length === 0) return null
  const most = [...programs].sort((a, b) => b.run_ns - a.run_ns)
  return (
    <>
      <h3>Kernel programs</h3>
      <table className="hw-plain" data-testid="kernel-time">
        <thead>
          <tr>
            <th scope="col">Program</th>
            <th scope="col" title="While the kernel counted them">
              Runs
            </th>
            <th scope="col">ns each</th>
          </tr>
        </thead>
        <tbody>
          {most.map(({ name, runs, run_ns }) => (
            <tr key={name}>
              <th scope="row">
                <code>{printable(name)}</code>
              </th>
              <td>{exactCount(runs)}</td>
              <td>{exactCount(Math.round(run_ns / Math.max(1, runs)))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
