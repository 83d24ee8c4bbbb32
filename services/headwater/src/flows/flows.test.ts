import type { Flow } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { safeJson } from '../cli/safe-text.js'
import { OVERLAP_MS, Seen } from './follow.js'
import { bytes, tableHead, tableLine } from './table.js'

const flow = (fields: Partial<Flow>) =>
  ({ time: 0, cookie: '1', local_ip: '::1', remote_ip: '10.0.0.1', ...fields }) as Flow

describe('following', () => {
  it('gives each row once, oldest first', () => {
    const seen = new Seen()
    const [a, b, c] = [flow({ time: 1000 }), flow({ time: 2000 }), flow({ time: 3000 })]
    expect(seen.take([b, a])).toEqual([a, b])
    expect(seen.take([c, b, a])).toEqual([c])
    expect(seen.take([c, b])).toEqual([])
  })
  it('takes a row that lands late, and looks back for it', () => {
    const seen = new Seen()
    seen.take([flow({ time: 60_000 })])
    expect(seen.from).toBe(String(60_000 - OVERLAP_MS))
    expect(seen.take([flow({ time: 60_000 }), flow({ time: 55_000 })])).toHaveLength(1)
  })
  it('tells two connections of one moment apart', () => {
    expect(new Seen().take([flow({ cookie: '1' }), flow({ cookie: '2' })])).toHaveLength(2)
  })
})

describe('the table', () => {
  it('writes bytes', () => {
    expect([0, 1023, 1024, 1536, 5 * 2 ** 30].map(bytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '5.0 GiB'])
  })
  it('writes a row under its head', () => {
    const line = tableLine(
      flow({
        process: 'curl',
        side: 'client',
        local_port: 5,
        remote_port: 80,
        node: 'n',
        remote_process: '',
        remote_service: 'web',
        closes: 1,
        close_reason: 'passive-close',
        failures: 0,
        open: 0,
        retransmits: 12,
        tx_bytes: 1,
        rx_bytes: 2,
        srtt_us: 1500,
      }),
    )
    expect(line).toContain('[::1]:5')
    expect(line).toContain('10.0.0.1:80')
    expect(line.indexOf('curl')).toBe(tableHead().indexOf('PROCESS'))
    expect(line).toContain('1.5 ms')
    expect(line).toMatch(/ closed .* 12 /)
  })
  it('tells how a connection ended otherwise, and an owner that is one of several', () => {
    const text = (fields: Partial<Flow>) =>
      tableLine(flow({ process: 'nginx', node: '', side: '', remote_service: '', remote_process: '', ...fields }))
    expect(text({ closes: 1, close_reason: 'timeout', failures: 0 })).toContain(' timeout ')
    expect(text({ failures: 1, failure_reason: 'netfilter-drop' })).toContain(' netfilter-drop ')
    expect(text({ owner_uncertain: true, open: 1, failures: 0, closes: 0 })).toContain(' nginx? ')
  })
  it('lets no name steer the terminal', () => {
    expect(
      tableLine(flow({ process: 'a\u001b[2J\n', node: '', side: '', remote_service: '', remote_process: '' })),
    ).not.toMatch(/\p{Cc}/u)
  })

  const hostile = 'a\u001b[31m\u009b2J\u007f\n\u202egpj.exe\u2066\u2028\ufeff<b>"\u{e0041}'
  const names = { process: hostile, node: hostile, side: '', remote_service: hostile, remote_process: '' }
  const unsafe = /[\p{Cc}\p{Cf}\u2028\u2029]/u
  it('shows what is hidden in a name, so that nothing reorders or forges a line', () => {
    const line = tableLine(flow(names))
    expect(line).not.toMatch(unsafe)
    for (const shown of ['\\u001b[31m', '\\u009b2J', '\\u202egpj.exe', '\\u2028', '<b>"']) expect(line).toContain(shown)
  })
  it('is JSON that is safe to print, and means the same', () => {
    for (const indent of [undefined, 2]) {
      const text = safeJson(flow(names), indent)
      expect(text.replaceAll('\n', '')).not.toMatch(unsafe)
      expect(JSON.parse(text)).toEqual(flow(names))
    }
  })
  it('cuts a name, and no address', () => {
    const line = tableLine(
      flow({
        ...names,
        process: 'p'.repeat(253),
        remote_service: '',
        local_ip: 'fe80:1111:2222:3333:4444:5555:6666:7777',
      }),
    )
    expect(line).toContain(`${'p'.repeat(47)}…`)
    expect(line).not.toContain('p'.repeat(48))
    expect(line).toContain('[fe80:1111:2222:3333:4444:5555:6666:7777]')
  })
})
