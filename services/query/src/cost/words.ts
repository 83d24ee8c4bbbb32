import type { CostPair } from '@headwater/contracts'
import { GB } from './table/price-table.js'

type End = CostPair['client']

/** Three digits that matter, no more: figures are a projection. */
const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value === 0 ? '0' : Number(value.toPrecision(3)).toString()

export const gigabytes = (bytes: number): string => `${rounded(bytes / GB)} GB`

/** With at least the currency's own decimals where they matter: 12.50 USD, 0.00314 USD, 1250 JPY. */
export function money(amount: number, currency: string): string {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  return `${amount >= 1 ? amount.toFixed(digits) : rounded(amount)} ${currency}`
}

const where = (end: End, by: 'zone' | 'region'): string => (by === 'zone' ? `zone ${end.zone}` : `region ${end.region}`)

/** `cart in zone eu-1a` */
export const placed = (end: End, by: 'zone' | 'region'): string => `${end.service} in ${where(end, by)}`
