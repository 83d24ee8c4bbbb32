const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E']

/** Three significant digits with an SI prefix (1 kB = 1000 B): 0, 17, 1.23 k, 45.6 M. */
function scaled(value: number): { digits: string; prefix: string } {
  let v = Math.abs(value)
  let i = 0
  while (v >= 999.5 && i < PREFIXES.length - 1) {
    v /= 1000
    i++
  }
  const digits =
    i === 0 && Number.isInteger(v) ? String(v) : v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v.toFixed(2)
  return { digits: value < 0 ? `-${digits}` : digits, prefix: PREFIXES[i] ?? '' }
}

const exact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1234567 -> `1,234,567`. */
export const exactCount = (n: number): string => exact.format(n)

/** A count: exact up to 9,999, above it with an SI prefix (12.3k). */
export function count(n: number): string {
  if (Math.abs(n) < 10_000) return exact.format(n)
  const { digits, prefix } = scaled(n)
  return `${digits}${prefix}`
}

/** Bytes: 0 B, 1.23 kB, 45.6 MB. */
export function bytes(n: number): string {
  const { digits, prefix } = scaled(n)
  return `${digits} ${prefix}B`
}

/** Bytes per second. */
export const rate = (bytesPerSecond: number): string => `${bytes(bytesPerSecond)}/s`

/** Mean bytes per second over a range of `ms`; 0 for an empty range. */
export const perSecond = (n: number, ms: number): number => (ms > 0 ? (n * 1000) / ms : 0)

/** Microseconds: 12 µs, 3.40 ms, 1.20 s; a dash where there was no sample. */
export function micros(us: number | null): string {
  if (us === null) return '\u2013'
  if (us < 999.5) return `${us < 10 && !Number.isInteger(us) ? us.toFixed(1) : us.toFixed(0)} \u00b5s`
  const { digits, prefix } = scaled(us / 1000)
  return prefix === '' ? `${digits} ms` : `${scaled(us / 1e6).digits} ${scaled(us / 1e6).prefix}s`
}

/** A ratio as percent, rounded down, so that 100 % always means all of it. */
export function percent(ratio: number | null): string {
  if (ratio === null) return '\u2013'
  return `${Math.floor(ratio * 10_000 + 1e-9) / 100} %`
}

/** A rate of events per second: 0.4/s, 12.1/s, 1.20k/s. */
export function perSecondText(perSecond: number): string {
  if (perSecond === 0) return '0/s'
  if (perSecond < 0.01) return '<0.01/s'
  const digits =
    perSecond < 1 ? perSecond.toFixed(2) : perSecond < 99.95 ? perSecond.toFixed(1) : count(Math.round(perSecond))
  return `${digits}/s`
}

/** A share as percent with what digits it needs, for what is small: 0.04 %, 3.1 %, 100 %. */
export function share(ratio: number | null): string {
  if (ratio === null) return '\u2013'
  const percent = ratio * 100
  if (percent === 0) return '0 %'
  if (percent < 0.01) return '<0.01 %'
  return `${percent < 1 ? percent.toFixed(2) : percent < 99.95 ? percent.toFixed(1) : percent.toFixed(0)} %`
}
