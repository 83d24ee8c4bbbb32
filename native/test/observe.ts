import { existsSync } from 'node:fs'
import { createProbe, type Layout, type Probe, type Records } from '../src/index.js'

export type RecordRow = { [name: string]: number } & {
  comm: string
  exe: string
  local: string
  remote: string
}

/** Why the kernel tests cannot run here; undefined when they can. */
export function cannotProbe(): string | undefined {
  if (process.platform !== 'linux') return 'no Linux'
  if (process.getuid?.() !== 0) return 'not root'
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'no /sys/kernel/btf/vmlinux'
  return undefined
}

/** All fields of all records as plain objects: for tests only. */
export function rows(records: Records, layout: Layout): RecordRow[] {
  return Array.from({ length: records.length }, (_, i) => {
    const row: Record<string, unknown> = {}
    const at = <A extends { [i: number]: number }>(column: { array: A; first: number; step: number }) =>
      column.array[column.first + i * column.step] as number
    for (const { name, kind } of layout.fields) {
      if (kind === 'u64') {
        const { lo, hi } = records.u64(name)
        row[name] = at(lo) + at(hi) * 2 ** 32
      } else if (kind === 'string') row[name] = records.string(name, i)
      else if (kind === 'u32') row[name] = at(records.u32(name))
      else if (kind === 'u16') row[name] = at(records.u16(name))
      else if (kind === 'u8') row[name] = at(records.u8(name))
    }
    row.local = Buffer.from(records.bytes('local_ip', i)).toString('hex')
    row.remote = Buffer.from(records.bytes('remote_ip', i)).toString('hex')
    return row as RecordRow
  })
}

/** Everything a probe tells, collected; `until` waits for what is expected. */
export class Observer {
  readonly seen: RecordRow[] = []

  constructor(readonly probe: Probe) {}

  /** With a probe of its own, opened, of which nothing is told yet. Whoever starts it closes the probe. */
  static async start(options: Parameters<typeof createProbe>[0]): Promise<Observer> {
    const probe = createProbe({ ringBytes: 1 << 20, ...options })
    await probe.open()
    const observer = new Observer(probe)
    observer.clear()
    return observer
  }

  drain(): void {
    for (let records = this.probe.consume(); records; records = this.probe.consume()) {
      this.seen.push(...rows(records, this.probe.layout))
    }
  }

  /** Drains till `count` records match, or for 5 s at most; gives all that match. */
  async until(count: number, match: (row: RecordRow) => boolean, settleMs = 0): Promise<RecordRow[]> {
    const end = Date.now() + 5000
    let found: RecordRow[] = []
    do {
      this.drain()
      found = this.seen.filter(match)
      if (found.length >= count) break
      await sleep(10)
    } while (Date.now() < end)
    if (settleMs > 0) {
      await sleep(settleMs)
      this.drain()
      found = this.seen.filter(match)
    }
    return found
  }

  clear(): void {
    this.drain()
    this.seen.length = 0
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
