import { NOBODY, type ProcessIdentity } from '../identity/process-identity.js'
import { CookieTable, enlarged } from './cookie-table.js'

export const ConnectionFlag = {
  /** Its first row has gone out, with its connect or accept. */
  Begun: 1,
  /** Older than the agent: what was before first sight is not counted. */
  Partial: 2,
  Self: 4,
  OwnerUncertain: 8,
  /** A row of it is decided on, and its columns are not written yet: its last values are those before that row. */
  Awaited: 16,
} as const

/** Time without a record after which a connection is taken for ended: ten keep-alives of the walk were missed. */
export const EXPIRY_MS = 600_000

/**
 * What is known of each live connection: last values of its counters, and what a record without its kernel slot lacks.
 * Columns over entry numbers, about 150 bytes a connection; `max` connections at most.
 */
export class Connections {
  readonly table: CookieTable
  /** Connections that ended unseen. */
  expired = 0

  /** Unix ms. */
  start!: Float64Array
  /** Boot ns of the last record. */
  lastNs!: Float64Array
  bytesSent!: Float64Array
  bytesRetrans!: Float64Array
  bytesReceived!: Float64Array
  segsOut!: Uint32Array
  segsIn!: Uint32Array
  retransmits!: Uint32Array
  resetsTx!: Uint32Array
  resetsRx!: Uint32Array
  spuriousRetrans!: Uint32Array
  reorderings!: Uint32Array
  cePackets!: Uint32Array
  drops!: Uint32Array
  /** Waiting times in ms: they wrap after 49 days. */
  busyMs!: Uint32Array
  rwndLimitedMs!: Uint32Array
  sndbufLimitedMs!: Uint32Array
  zeroWindowsTx!: Uint16Array
  zeroWindowsRx!: Uint16Array
  /** Two words an entry. */
  connectionId!: Uint32Array
  /** Two words an entry. */
  cgroup!: Uint32Array
  pid!: Uint32Array
  uid!: Uint32Array
  side!: Uint8Array
  sideSource!: Uint8Array
  ownerSource!: Uint8Array
  flags!: Uint8Array
  /** One object per process, shared. */
  identity: ProcessIdentity[] = []
  comm: string[] = []
  #capacity = 0

  /** @param max a power of two */
  constructor(max: number, capacity = 1024) {
    this.table = new CookieTable(Math.min(capacity, max), max)
    this.#resize()
  }

  get size(): number {
    return this.table.size
  }

  find(lo: number, hi: number): number {
    return this.table.find(lo, hi)
  }

  /** A new entry of zeros, or -1 where there is no room: the connection then shows at its close. */
  insert(lo: number, hi: number): number {
    const entry = this.table.insert(lo, hi)
    if (this.table.capacity !== this.#capacity) this.#resize()
    if (entry >= 0) this.clear(entry)
    return entry
  }

  remove(entry: number): void {
    this.table.remove(entry)
    this.identity[entry] = NOBODY
    this.comm[entry] = ''
  }

  /** Sets every column of an entry to zero. */
  clear(entry: number): void {
    this.start[entry] = 0
    this.lastNs[entry] = 0
    this.bytesSent[entry] = 0
    this.bytesRetrans[entry] = 0
    this.bytesReceived[entry] = 0
    this.segsOut[entry] = 0
    this.segsIn[entry] = 0
    this.retransmits[entry] = 0
    this.resetsTx[entry] = 0
    this.resetsRx[entry] = 0
    this.spuriousRetrans[entry] = 0
    this.reorderings[entry] = 0
    this.cePackets[entry] = 0
    this.drops[entry] = 0
    this.busyMs[entry] = 0
    this.rwndLimitedMs[entry] = 0
    this.sndbufLimitedMs[entry] = 0
    this.zeroWindowsTx[entry] = 0
    this.zeroWindowsRx[entry] = 0
    this.pid[entry] = 0
    this.uid[entry] = 0
    this.side[entry] = 0
    this.sideSource[entry] = 0
    this.ownerSource[entry] = 0
    this.flags[entry] = 0
    this.connectionId.fill(0, entry * 2, entry * 2 + 2)
    this.cgroup.fill(0, entry * 2, entry * 2 + 2)
    this.identity[entry] = NOBODY
    this.comm[entry] = ''
  }

  /** Removes what has not been heard of for EXPIRY_MS: its close record was lost. @returns how many */
  expire(nowNs: number): number {
    const before = nowNs - EXPIRY_MS * 1e6
    let removed = 0
    this.table.forEach((entry) => {
      if (this.lastNs[entry]! >= before) return
      this.remove(entry)
      removed++
    })
    this.expired += removed
    return removed
  }

  #resize(): void {
    const n = this.table.capacity
    const f64 = (c: Float64Array | undefined) => (c === undefined ? new Float64Array(n) : enlarged(c, n))
    const u32 = (c: Uint32Array | undefined, width = 1) =>
      c === undefined ? new Uint32Array(n * width) : enlarged(c, n * width)
    const u16 = (c: Uint16Array | undefined) => (c === undefined ? new Uint16Array(n) : enlarged(c, n))
    const u8 = (c: Uint8Array | undefined) => (c === undefined ? new Uint8Array(n) : enlarged(c, n))
    this.start = f64(this.start)
    this.lastNs = f64(this.lastNs)
    this.bytesSent = f64(this.bytesSent)
    this.bytesRetrans = f64(this.bytesRetrans)
    this.bytesReceived = f64(this.bytesReceived)
    this.segsOut = u32(this.segsOut)
    this.segsIn = u32(this.segsIn)
    this.retransmits = u32(this.retransmits)
    this.resetsTx = u32(this.resetsTx)
    this.resetsRx = u32(this.resetsRx)
    this.spuriousRetrans = u32(this.spuriousRetrans)
    this.reorderings = u32(this.reorderings)
    this.cePackets = u32(this.cePackets)
    this.drops = u32(this.drops)
    this.busyMs = u32(this.busyMs)
    this.rwndLimitedMs = u32(this.rwndLimitedMs)
    this.sndbufLimitedMs = u32(this.sndbufLimitedMs)
    this.zeroWindowsTx = u16(this.zeroWindowsTx)
    this.zeroWindowsRx = u16(this.zeroWindowsRx)
    this.connectionId = u32(this.connectionId, 2)
    this.cgroup = u32(this.cgroup, 2)
    this.pid = u32(this.pid)
    this.uid = u32(this.uid)
    this.side = u8(this.side)
    this.sideSource = u8(this.sideSource)
    this.ownerSource = u8(this.ownerSource)
    this.flags = u8(this.flags)
    this.#capacity = n
  }
}
