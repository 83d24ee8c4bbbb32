import { bytes, count, exactCount, micros, perSecond, rate } from '../../format/number.js'
import { duration } from '../../format/time.js'

/** Bytes for people; the exact number and the mean rate over the range in the title. */
export function Bytes({ value, rangeMs }: { value: number; rangeMs: number }) {
  const mean = rate(perSecond(value, rangeMs))
  return (
    <span className="hw-number" title={`${exactCount(value)} bytes of payload, ${mean} over ${duration(rangeMs)}`}>
      {bytes(value)}
    </span>
  )
}

export function Count({ value }: { value: number }) {
  return (
    <span className={value === 0 ? 'hw-number hw-zero' : 'hw-number'} title={exactCount(value)}>
      {count(value)}
    </span>
  )
}

export function Micros({ value }: { value: number | null }) {
  return (
    <span
      className={value === null ? 'hw-number hw-zero' : 'hw-number'}
      title={value === null ? 'no sample' : `${exactCount(value)} µs`}
    >
      {micros(value)}
    </span>
  )
}

/** The 95th percentile; median, 99th and mean in the title. */
export function Quantile({
  of,
  mean,
}: {
  of: { p50: number; p95: number; p99: number } | null
  /** undefined: there is none of what this stands for. */
  mean?: number | null
}) {
  if (!of) return <Micros value={null} />
  const quantiles = `p50 ${micros(of.p50)}, p95 ${micros(of.p95)}, p99 ${micros(of.p99)}`
  const title = mean === undefined ? quantiles : `${quantiles}, mean ${micros(mean)}`
  return (
    <span className="hw-number" title={title}>
      {micros(of.p95)}
    </span>
  )
}
