import type { DnsGroup } from '@headwater/contracts'
import { expect, test } from 'vitest'
import { answerOf, worstFirst } from './answers.js'

const group = (name: string, rcode: string, questions: number, failures = 0): DnsGroup => ({
  ...{ name, type: 'A', rcode, server: null, service: null, process: null, node: null },
  ...{ questions, failures, timeouts: 0, truncated: 0, clients: 1, answers: [], last: 0 },
  ...{ p50_us: null, p95_us: null, max_us: null },
})

test('what failed comes first, then what is asked most', () => {
  const groups = [
    group('a', 'NOERROR', 9),
    group('b', 'NXDOMAIN', 90),
    group('c', 'SERVFAIL', 2, 2),
    group('d', '', 3, 3),
  ]
  expect(worstFirst(groups).map((g) => g.name)).toEqual(['d', 'c', 'b', 'a'])
  expect(worstFirst(groups).map(answerOf)).toEqual(['no answer', 'SERVFAIL', 'NXDOMAIN', 'ok'])
})
