import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../config/duration.js'

// What options take. Each throws InvalidArgumentError, which says what is allowed.

export function since(value: string): string {
  if (/^\d{1,9}(ms|s|m|h|d|w)$/.test(value)) return `now-${value}`
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new InvalidArgumentError('It takes a duration such as 5m, or a time as RFC 3339.')
}

export function positive(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('It takes a number from 1 to 9999999.')
  return Number(value)
}

export function duration(value: string): number {
  const ms = parseDuration(value)
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('It takes a duration such as 90s or 10m.')
  return ms
}

export function onOff(value: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on'
  throw new InvalidArgumentError('It takes on or off.')
}
