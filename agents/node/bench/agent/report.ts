import type { Profile } from '@headwater/native'
import type { LoadMode } from '@headwater/native/testing'
import { say } from './ground.ts'
import type { Memory } from './memory.ts'
import type { OwnCost } from './own-cost.ts'
import type { Programs } from './programs.ts'
import { MODES, type Ratio } from './rounds.ts'

export interface ProfileResult {
  ratios: Partial<Record<LoadMode, Ratio>>
  programs: Programs
  agent?: Record<'columns' | 'arrow' | 'bus', OwnCost>
  memory?: Memory
}

/** The project's aims: CPU of the load with the agent by that without, at most. */
export const AIMS: Record<string, Record<LoadMode, number>> = {
  tcp: { storm: 1.06, rr: 1.005, stream: 1.005, udp: 1 },
  standard: { storm: 1.1, rr: 1.04, stream: 1.05, udp: 1.15 },
  full: { storm: 1.12, rr: 1.07, stream: 1.07, udp: 1.17 },
}

const row = (cells: readonly (string | number)[], widths: readonly number[]) =>
  say(
    cells
      .map((cell, i) => String(cell).padEnd(widths[i] ?? 0))
      .join(' ')
      .trimEnd(),
  )

/** For people, on stderr. */
export function table(profile: Profile, { ratios, programs, agent, memory }: ProfileResult): void {
  say(`\nprofile ${profile}: ${programs.loaded.map(({ name }) => name).join(', ')}`)
  const widths = [8, 9, 9, 8, 18, 18, 7, 22]
  row(['load', 'off us', 'on us', 'ratio', 'quartiles', '95 % of median', 'aim', 'agent us (not warm)'], widths)
  for (const mode of MODES) {
    const figures = ratios[mode]
    if (figures === undefined) continue
    const { ratio, off_us, on_us, agent_us } = figures
    const range = ([low, high]: [number, number]) => `${low.toFixed(3)} - ${high.toFixed(3)}`
    const aim = AIMS[profile]?.[mode] ?? ''
    row(
      [mode, off_us, on_us, ratio.median.toFixed(3), range(ratio.quartiles), range(ratio.interval), aim, agent_us],
      widths,
    )
  }
  say('\nby the kernel: program, runs per operation, ns per run, ns per operation')
  for (const mode of MODES) {
    const ran = Object.entries(programs.runs[mode] ?? {})
    if (programs.runs[mode] !== undefined && ran.length === 0) say(`${mode.padEnd(8)} no program ran`)
    for (const [name, figures] of ran) {
      row([mode, name, figures.per_operation, figures.ns_per_run, figures.ns_per_operation], [8, 24, 10, 8, 8])
    }
  }
  say(`without load, runs a second: ${JSON.stringify(programs.background)}`)
  say(`verified instructions: ${programs.loaded.map((p) => `${p.name} ${p.verified_instructions}`).join(', ')}`)
  say(`maps: ${(programs.map_bytes / 2 ** 20).toFixed(1)} MiB of the kernel's memory`)
  for (const [sink, own] of Object.entries(agent ?? {})) {
    const { us_per_record: us, records_per_second, lost, cpu_percent } = own
    say(
      `agent to ${sink}: ${us.median} us per record (${us.quartiles.join(' - ')}), ` +
        `${records_per_second} records/s at ${cpu_percent} % of a core, ${lost} lost`,
    )
  }
  if (memory === undefined) return
  const { idle, open } = memory
  const resident = (m: { rss_mb: number; anonymous_mb: number; file_mb: number; pss_mb: number }) =>
    `${m.rss_mb} MB resident (${m.anonymous_mb} its own, ${m.file_mb} of files, share ${m.pss_mb})`
  say(`memory of the agent, idle: ${resident(idle)}`)
  if ('skipped' in open) say(`SKIP ${open.skipped}`)
  else say(`with ${open.sockets} sockets open (${open.known} known after ${open.known_seconds} s): ${resident(open)}`)
}
