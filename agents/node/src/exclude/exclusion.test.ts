import { describe, expect, it } from 'vitest'
import { parseAddress } from '../endpoints/address.js'
import { type ExcludeOptions, Exclusion, exclusionOf } from './exclusion.js'
import { parsePorts, parseRange } from './ranges.js'

const words = (text: string) => Uint32Array.from(parseAddress(text) ?? [])

function covers(
  options: ExcludeOptions,
  local: string,
  remote: string,
  ports: [number, number] = [1, 2],
  process = '',
): boolean {
  const ends = { local: words(local), localAt: 0, remote: words(remote), remoteAt: 0, process }
  return new Exclusion(options).covers({ ...ends, localPort: ports[0], remotePort: ports[1] })
}

describe('what is left out', () => {
  it.each([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['10.1.2.129/25', '10.1.2.128', true],
    ['10.1.2.129/25', '10.1.2.127', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.2', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', 'fd00::1', false],
    ['::/0', '203.0.113.9', true],
    ['::ffff:10.0.0.0/104', '10.3.4.5', true],
    ['fd00::/8', 'fdff::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
  ])('the range %s and %s: %s', (range, address, left) => {
    // The other end is in none of them but ::/0.
    expect(covers({ cidrs: [range] }, address, '::2')).toBe(left)
    expect(covers({ cidrs: [range] }, '::2', address)).toBe(left)
  })

  it('is told by a port of either end, alone or in a range, and by the process', () => {
    const ports = { ports: ['22', '8000-8002'] }
    for (const port of [22, 8000, 8001, 8002]) {
      expect(covers(ports, '::1', '::1', [port, 9])).toBe(true)
      expect(covers(ports, '::1', '::1', [9, port])).toBe(true)
    }
    expect(covers(ports, '::1', '::1', [7999, 8003])).toBe(false)
    expect(covers({ processes: ['backup'] }, '::1', '::1', [1, 2], 'backup')).toBe(true)
    expect(covers({ processes: ['backup'] }, '::1', '::1', [1, 2], 'backups')).toBe(false)
  })

  it('is nothing where nothing is named', () => {
    expect(exclusionOf({ cidrs: [], processes: [] })).toBeUndefined()
    expect(exclusionOf({ ports: ['1'] })).toBeDefined()
  })

  it.each(['10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'fe80::1%eth0', '', '/8', '10.0.0.0/', 'host', '10.0.0.0/-1'])(
    '%j is no range',
    (text) => {
      expect(parseRange(text)).toBeUndefined()
      expect(() => new Exclusion({ cidrs: [text] })).toThrow(`exclude.cidrs has ${JSON.stringify(text)}`)
    },
  )
  it.each(['0', '65536', '9-8', '1-', '-1', 'http', '1-70000', ''])('%j are no ports', (text) => {
    expect(parsePorts(text)).toBeUndefined()
    expect(() => new Exclusion({ ports: [text] })).toThrow('allowed are ports from 1 to 65535')
  })
})
