import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loaderError } from './addon.js'
import { OwnerSource, RecordFlag, RecordKind, Side, SideSource } from './constants.js'
import { ProbeError } from './errors.js'
import { checkLayout } from './layout.js'
import { checkOptions } from './options.js'
import type { Layout } from './types.js'

const { layout } = JSON.parse(readFileSync(new URL('../test/fixtures/records.json', import.meta.url), 'utf8')) as {
  layout: Layout
}

const cName = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
const constants = Object.fromEntries(
  Object.entries({ RecordKind, Side, SideSource, OwnerSource, RecordFlag }).map(([group, values]) => [
    group,
    Object.fromEntries(Object.entries(values).map(([name, value]) => [cName(name), value])),
  ]),
)

function changed(change: (copy: Layout) => void): Layout {
  const copy = structuredClone(layout)
  change(copy)
  return copy
}

function refusal(candidate: Layout, values: Record<string, Record<string, number>> = constants): string {
  try {
    checkLayout(candidate, values)
  } catch (error) {
    expect(error).toBeInstanceOf(ProbeError)
    expect((error as ProbeError).code).toBe('layout')
    expect((error as ProbeError).fix).toContain('npm run build')
    return (error as ProbeError).message
  }
  return ''
}

describe('layout', () => {
  it('takes its own, and one with more fields', () => {
    expect(refusal(layout)).toBe('')
    const more = changed((copy) => {
      copy.fields.push({ name: 'new', offset: copy.stride, size: 8, kind: 'u64' })
      copy.stride += 8
    })
    expect(refusal(more)).toBe('')
  })

  it('refuses another version, a missing field, another size, a bad place', () => {
    expect(refusal(changed((copy) => copy.version++))).toContain('version 6, not 5')
    expect(refusal(changed((copy) => copy.fields.shift()))).toContain('cookie is missing; expected u64 of 8 bytes')
    const narrow = changed((copy) => Object.assign(copy.fields[0]!, { kind: 'u32', size: 4 }))
    expect(refusal(narrow)).toContain('cookie is u32 of 4 bytes')
    expect(refusal(changed((copy) => Object.assign(copy.fields[0]!, { offset: 4 })))).toContain('unaligned')
    expect(refusal(changed((copy) => Object.assign(copy.fields[0]!, { offset: copy.stride })))).toContain('outside')
    expect(refusal(changed((copy) => (copy.stride += 4)))).toContain('no multiple of 8')
  })

  it('refuses an enumeration with another value', () => {
    const other = { ...constants, OwnerSource: { ...constants.OwnerSource, FIRST_IO: 9 } }
    expect(refusal(layout, other as Record<string, Record<string, number>>)).toContain('OwnerSource.FirstIo is 9')
  })
})

describe('options', () => {
  it('have defaults', () => {
    expect(checkOptions({})).toEqual({
      profile: 1,
      slots: 131_072,
      ringBytes: 4_194_304,
      maxListeners: 4096,
      keepAliveMs: 60_000,
      maxConversations: 32_768,
      conversationIdleMs: 60_000,
      dns: true,
      dnsRingBytes: 1_048_576,
      namespaces: [],
    })
  })

  it.each([
    [{ profile: 'all' as 'full' }, 'profile is "all"; allowed are tcp, standard, full'],
    [{ slots: 63 }, 'slots is 63; allowed are whole numbers from 64 to 16777216'],
    [{ slots: 100 }, 'slots is 100; it must be a power of two'],
    [{ slots: Number.NaN }, 'slots is NaN'],
    [{ ringBytes: 65_537 }, 'ringBytes is 65537; it must be a power of two'],
    [{ maxListeners: 0 }, 'maxListeners is 0'],
    [{ keepAliveMs: 1.5 }, 'keepAliveMs is 1.5'],
    [{ namespaces: [] }, 'namespaces is empty; leave it out to observe all'],
    [{ namespaces: ['run/netns/a'] }, 'namespaces has "run/netns/a"; allowed are absolute paths'],
    [{ namespaces: ['/run/netns/a\0b'] }, 'namespaces has "/run/netns/a\\u0000b"'],
    [{ namespaces: Array(1025).fill('/run/netns/a') }, 'namespaces has 1025 entries; allowed are at most 1024'],
  ])('refuses %j', (options, message) => {
    expect(() => checkOptions(options)).toThrow(message)
  })
})

describe('loader errors', () => {
  it('say how to get libbpf', () => {
    const error = loaderError(new Error('libbpf.so.1: cannot open shared object file: No such file or directory'))
    expect(error).toMatchObject({ code: 'no-libbpf' })
    expect(error.fix).toContain('apt-get install libbpf1')
  })

  it('else say to build anew', () => {
    expect(loaderError(new Error('wrong ELF class'))).toMatchObject({ code: 'load-failed' })
  })
})
