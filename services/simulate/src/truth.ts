/** What must come out of the store, once and no more, for the batches that it is of. */
export interface Truth {
  batches: number
  rows: number
  connects: number
  accepts: number
  closes: number
  failures: number
  tx_bytes: number
  rx_bytes: number
  /** Both ways, of the rows of clients: each connection's bytes once. */
  counted_bytes: number
  /** The serial numbers of all rows (`cookie`), XORed: one row missing, doubled or exchanged changes it. */
  serials: bigint
}

export const noTruth = (): Truth => ({
  batches: 0,
  rows: 0,
  connects: 0,
  accepts: 0,
  closes: 0,
  failures: 0,
  tx_bytes: 0,
  rx_bytes: 0,
  counted_bytes: 0,
  serials: 0n,
})

/** Adds `more` to `truth`. */
export function addTruth(truth: Truth, more: Truth): void {
  for (const [name, value] of Object.entries(more) as [keyof Truth, number | bigint][])
    if (name === 'serials') truth.serials ^= value as bigint
    else truth[name] += value as number
}

/** SQL of the same sums over `flows`; `{prefix:String}` is what the instances begin with. */
export const truthQuery = `SELECT
  uniqExact(f.instance, f.sequence) AS batches, count() AS rows, sum(f.connects) AS connects, sum(f.accepts) AS accepts,
  sum(f.closes) AS closes, sum(f.failures) AS failures, sum(f.tx_bytes) AS tx_bytes, sum(f.rx_bytes) AS rx_bytes,
  sumIf(f.tx_bytes + f.rx_bytes, f.counted) AS counted_bytes, toString(groupBitXor(f.cookie)) AS serials
FROM flows AS f WHERE startsWith(f.instance, {prefix:String})`
