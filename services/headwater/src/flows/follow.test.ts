import type { Flow } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { OVERLAP_MS, Seen } from './follow.js'

const flow = (time: number, node: string) => ({ time, node }) as unknown as Flow

describe('a node whose clock is ahead', () => {
  const now = Date.UTC(2026, 0, 1)
  const ahead = flow(now + 300_000, 'ahead')

  it('does not make the next look begin in the future', () => {
    const seen = new Seen(() => now)
    seen.take([ahead])
    expect(Number(seen.from)).toBe(now - OVERLAP_MS)
  })
  it('does not make the rows of others come twice', () => {
    const seen = new Seen(() => now)
    const rows = [ahead, flow(now - 1_000, 'right')]
    expect(seen.take(rows)).toHaveLength(2)
    expect(seen.take(rows)).toEqual([])
  })
})
