import { describe, expect, test } from 'vitest'
import { noCounts } from './bins.js'
import type { Evidence, FlowCountName } from './evidence.js'
import { judge } from './judge.js'

const none = { samples: 0, p50: 0, p95: 0, second: 0 }
const seen = (more: Partial<Evidence> = {}): Evidence => ({
  ...noCounts,
  connect: none,
  roundTrip: none,
  lookup: none,
  leastRoundTrip: 0,
  clientSeen: true,
  serverSeen: true,
  overflow: undefined,
  ...more,
})
const verdict = (more: Partial<Evidence>) => {
  const finding = judge(seen(more))
  return finding && [finding.cause, finding.level, finding.atFault]
}
/** So many attempts of which so many failed in one way. */
const attempts = (of: number, n: number, how: FlowCountName) => ({
  connects: of - n,
  attempts_failed: n,
  [how]: n,
})
const second = 1_000_000

describe('judge', () => {
  test.each([
    ['nothing', {}, undefined],
    ['fewer attempts than the sample', attempts(4, 4, 'refused'), undefined],
    ['the sample', attempts(5, 5, 'refused'), ['refused', 2, 'server']],
    ['one failure of few', attempts(5, 1, 'refused'), undefined],
    ['two of 101 are under 2 %', attempts(101, 2, 'refused'), undefined],
    ['two of 100 are 2 %', attempts(100, 2, 'refused'), ['refused', 1, 'server']],
    ['19 of 100', attempts(100, 19, 'refused'), ['refused', 1, 'server']],
    ['20 of 100', attempts(100, 20, 'refused'), ['refused', 2, 'server']],
    ['no answer, both seen', attempts(10, 5, 'unanswered'), ['no-answer', 2, 'path']],
    ['no answer, one seen', { ...attempts(10, 5, 'unanswered'), serverSeen: false }, ['no-answer', 2, null]],
    ['unreachable', { ...attempts(10, 5, 'unreachable'), serverSeen: false }, ['unreachable', 2, 'path']],
    ["the client's own firewall", attempts(10, 5, 'firewalled'), ['firewall-drop', 2, 'client']],
    ['one drop of few', attempts(10, 1, 'firewalled'), undefined],
    ['no local port', attempts(100, 2, 'without_port'), ['ports-exhausted', 1, 'client']],
    ['names fail', { questions: 20, names_failed: 5 }, ['dns-failing', 2, 'server']],
    ['1 of 20 questions', { questions: 20, names_failed: 1 }, undefined],
    ['2 of 40 questions', { questions: 40, names_failed: 2 }, ['dns-failing', 1, 'server']],
    ['2 of 41 questions', { questions: 41, names_failed: 2 }, undefined],
    ['4 questions', { questions: 4, names_failed: 4 }, undefined],
    ['no answers, both seen', { questions: 10, names_lost: 4, names_failed: 3 }, ['dns-failing', 2, 'path']],
    ['no answers, one seen', { questions: 10, names_lost: 4, serverSeen: false }, ['dns-failing', 2, null]],
    ['p95 of names', { lookup: { samples: 20, p50: 100, p95: 300_000, second: 300_000 } }, ['dns-slow', 1, 'server']],
    ['p50 of names under 1 s', { lookup: { samples: 5, p50: second, p95: second, second } }, ['dns-slow', 1, 'server']],
    [
      'p50 of names',
      { lookup: { samples: 5, p50: 2 * second, p95: 2 * second, second: 2 * second } },
      ['dns-slow', 2, 'server'],
    ],
    ['one slow name of 20', { lookup: { samples: 20, p50: 100, p95: 300_000, second: 100 } }, undefined],
    ['reset while connecting', attempts(10, 5, 'attempts_reset'), ['resets', 2, 'server']],
    ['4 of 100 reset', { client_ended: 100, client_saw_server_reset: 4 }, undefined],
    ['5 of 100 reset', { client_ended: 100, client_saw_server_reset: 5 }, ['resets', 1, 'server']],
    ['25 of 100 reset', { server_ended: 100, server_saw_client_reset: 25 }, ['resets', 2, 'client']],
    ['one reset of few', { server_ended: 5, server_saw_client_reset: 1 }, undefined],
    [
      'what both ends saw is one',
      { client_ended: 20, server_ended: 20, client_saw_server_reset: 2, server_saw_server_reset: 2 },
      ['resets', 1, 'server'],
    ],
    ['49 segments', { segments_sent_doubled: 98, sent_again: 20 }, undefined],
    ['50 segments, 3 again', { segments_sent_doubled: 100, sent_again: 3 }, ['retransmits', 1, 'path']],
    ['2 again are no sign', { segments_sent_doubled: 100, sent_again: 2 }, undefined],
    ['19 of 1,000', { segments_sent_doubled: 2_000, sent_again: 19 }, undefined],
    ['20 of 1,000', { segments_sent_doubled: 2_000, sent_again: 20 }, ['retransmits', 1, 'path']],
    ['100 of 1,000', { segments_sent_doubled: 2_000, sent_again: 100, serverSeen: false }, ['retransmits', 2, null]],
    ['p95 of connecting', { connect: { samples: 20, p50: 100, p95: second, second } }, ['slow-connect', 1, 'path']],
    ['p50 of connecting', { connect: { samples: 5, p50: second, p95: second, second } }, ['slow-connect', 2, 'path']],
    ['one slow of 20', { connect: { samples: 20, p50: 100, p95: second, second: 100 } }, undefined],
    ['4 connections', { connect: { samples: 4, p50: second, p95: second, second } }, undefined],
    [
      'p95 of the round trip',
      { roundTrip: { samples: 20, p50: 100, p95: second, second } },
      ['slow-round-trip', 1, 'path'],
    ],
    ['p50 of it', { roundTrip: { samples: 20, p50: second, p95: second, second } }, ['slow-round-trip', 2, 'path']],
    [
      'far above the least',
      { leastRoundTrip: 6_000, roundTrip: { samples: 5, p50: 50_000, p95: 60_000, second: 60_000 } },
      ['slow-round-trip', 1, 'path'],
    ],
    [
      'a long way',
      { leastRoundTrip: 7_000, roundTrip: { samples: 5, p50: 50_000, p95: 60_000, second: 60_000 } },
      undefined,
    ],
    [
      'noise of a short way',
      { leastRoundTrip: 20, roundTrip: { samples: 5, p50: 45_000, p95: 60_000, second: 60_000 } },
      undefined,
    ],
  ] as [string, Partial<Evidence>, unknown][])('%s', (_, evidence, expected) =>
    expect(verdict(evidence)).toEqual(expected),
  )

  const overflow = { drops: 9, full: true }
  test.each([
    ['no attempt', {}, undefined],
    ['attempts that go well', { connects: 9 }, ['backlog', 1, 'server']],
    ['no answer', attempts(10, 5, 'unanswered'), ['backlog', 2, 'server']],
    [
      'slow to connect',
      { connects: 9, connect: { samples: 9, p50: second, p95: second, second } },
      ['backlog', 2, 'server'],
    ],
    ['refused stays refused', attempts(10, 5, 'refused'), ['refused', 2, 'server']],
  ] as [string, Partial<Evidence>, unknown][])('a full listen queue and %s', (_, evidence, expected) =>
    expect(verdict({ ...evidence, overflow })).toEqual(expected),
  )

  const lossy = { segments_sent_doubled: 2_000, sent_again: 50 }
  test('a path that loses segments loses SYNs, as long as most get through', () => {
    expect(verdict({ ...lossy, ...attempts(10, 4, 'unanswered') })).toEqual(['retransmits', 2, 'path'])
    expect(verdict({ ...lossy, ...attempts(10, 6, 'unanswered') })).toEqual(['no-answer', 2, 'path'])
    expect(verdict({ ...lossy, connect: { samples: 9, p50: 1, p95: second, second } })).toEqual([
      'retransmits',
      1,
      'path',
    ])
  })

  test('a queue on a limited path drops segments too', () => {
    const roundTrip = { samples: 9, p50: 90_000, p95: 90_000, second: 90_000 }
    expect(verdict({ ...lossy, sent_again: 200, roundTrip, leastRoundTrip: 100 })).toEqual([
      'slow-round-trip',
      2,
      'path',
    ])
  })
})
