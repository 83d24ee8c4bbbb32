// CPU time per record, from the bytes of the ring to an encoded Arrow batch. No root needed. Last line: one JSON object.
import { createProbe, RecordBatch, RecordKind, Side, SideSource } from '@headwater/native'

const load = async <M>(path: string) => (await import(new URL(`../dist/${path}`, import.meta.url).href)) as M
const { Pipeline } = await load<typeof import('../src/pipeline.js')>('pipeline.js')
const { Tally } = await load<typeof import('../src/report/tally.js')>('report/tally.js')

const RECORDS = 8192
const TURNS = 24
const ROUNDS = 9
const PROCESSES = 200
const { layout } = createProbe()
const offsets = new Map(layout.fields.map((f) => [f.name, f.offset]))

/** RECORDS records of connections between two addresses, owned by PROCESSES processes in turn. */
function records(kind: number): RecordBatch {
  const view = new DataView(new ArrayBuffer(RECORDS * layout.stride))
  for (let i = 0; i < RECORDS; i++) {
    const at = (name: string) => i * layout.stride + (offsets.get(name) ?? 0)
    const u64 = (name: string, n: number) => view.setBigUint64(at(name), BigInt(n), true)
    const u32 = (name: string, n: number) => view.setUint32(at(name), n, true)
    const text = (name: string, value: string) => new Uint8Array(view.buffer).set(Buffer.from(value), at(name))
    u64('cookie', i + 1)
    u64('time_ns', 5e9)
    u64('start_ns', 4e9)
    u64('established_ns', 4e9)
    u64('bytes_sent', 1000 + i)
    u64('bytes_received', 2000 + i)
    u32('netns', 4026531840)
    u32('pid', 100_000 + (i % PROCESSES))
    u32('segs_out', 6)
    u32('segs_in', 5)
    u32('tcp_header_len', 32)
    u32('client_isn', i * 7919)
    u32('server_isn', i * 104_729)
    for (const name of ['local_ip', 'remote_ip']) view.setUint32(at(name) + 8, 0xffff0000, true)
    view.setUint32(at('local_ip') + 12, 0x0100000a, true)
    view.setUint32(at('remote_ip') + 12, 0x0200000a, true)
    view.setUint16(at('local_port'), 32_768 + i, true)
    view.setUint16(at('remote_port'), 80, true)
    view.setUint8(at('kind'), kind)
    view.setUint8(at('side'), Side.Client)
    view.setUint8(at('side_source'), SideSource.Socket)
    text('comm', 'worker')
    text('exe', `service-${i % PROCESSES}`)
  }
  return new RecordBatch(layout, view.buffer, RECORDS)
}

/** The owners live, each in a container of its own, with a declared name. */
const proc = (pid: number, name: 'stat' | 'cgroup' | 'environ'): string => {
  if (name === 'stat') return `${pid} (worker) S ${'1 '.repeat(49)}`
  if (name === 'cgroup') return `0::/system.slice/docker-${pid.toString(16).padStart(64, '0')}.scope\n`
  return `PATH=/bin\0OTEL_SERVICE_NAME=shop-${pid % PROCESSES}\0`
}

/** Microseconds of CPU per record, and bytes of Arrow per row, over TURNS turns. */
function round(batch: RecordBatch): { us: number; bytes: number } {
  let bytes = 0
  const pipeline = new Pipeline({
    identity: { cluster: 'bench', node: 'bench', realm: 'bench', zone: '', region: '' },
    instance: 'bench',
    version: 'bench',
    maxConnections: 16_384,
    selfPids: () => new Set([1]),
    tally: new Tally(),
    send: (parcel) => {
      for (const m of parcel.messages) bytes += m.value.byteLength
    },
    connected: () => true,
    readProc: proc,
  })
  const before = process.cpuUsage()
  for (let turn = 0; turn < TURNS; turn++) {
    pipeline.take(batch, layout, 1.7e12)
    pipeline.flush()
  }
  const { user, system } = process.cpuUsage(before)
  return { us: (user + system) / (RECORDS * TURNS), bytes: bytes / (RECORDS * TURNS) }
}

const quartiles = (all: number[]) => {
  const sorted = all.toSorted((a, b) => a - b)
  return [0.25, 0.5, 0.75].map((q) => Number((sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(3)))
}

const result: Record<string, unknown> = { bench: 'records', records_per_round: RECORDS * TURNS, rounds: ROUNDS }
for (const [name, kind] of [
  ['close', RecordKind.Close],
  ['walk', RecordKind.Walk],
] as const) {
  const batch = records(kind)
  const rounds = Array.from({ length: ROUNDS + 2 }, () => round(batch)).slice(2)
  const [low, median, high] = quartiles(rounds.map((r) => r.us))
  result[`${name}_us_per_record`] = { median, quartiles: [low, high] }
  result.bytes_per_row = Math.round(rounds[0]?.bytes ?? 0)
}
console.log(JSON.stringify(result))
