import { describe, expect, it } from 'vitest'
import { graphOf } from './graph.js'
import { addressMatcher, edgeMatchers, joined, nodeMatchers } from './matchers.js'
import { isMatcher, looksLikeAddress, search } from './search.js'
import { edge, graph, node } from './testing/graphs.js'

const g = graphOf({
  nodes: [node('nginx'), node('cart'), node('10.0.0.7', { class: 'private', observed: false }), node('redis')],
  edges: [
    edge('nginx', 'cart', { server_ports: [443] }),
    edge('cart', '10.0.0.7', { server_ports: [5432, 8080] }),
    edge('cart', 'redis', { server_ports: [6379] }),
  ],
})
const found = (text: string) => {
  const f = search(g, text)
  return f && { nodes: [...f.nodes].sort(), edges: [...f.edges] }
}

describe('search', () => {
  it('is nothing for an empty text or a matcher', () => {
    expect([found('  '), found('{server_port="80"}')]).toEqual([undefined, undefined])
    expect([isMatcher(' {a="b"}'), isMatcher('a')]).toEqual([true, false])
  })
  it('finds names and addresses by any part, in any case', () => {
    expect(found('NGI')).toEqual({ nodes: ['nginx'], edges: ['nginx>cart'] })
    expect(found('0.0.7')).toEqual({ nodes: ['10.0.0.7'], edges: ['cart>10.0.0.7'] })
  })
  it('finds edges by a whole port, with both ends', () => {
    expect(found('8080')).toEqual({ nodes: ['10.0.0.7', 'cart'], edges: ['cart>10.0.0.7'] })
    expect(found(':443')).toEqual({ nodes: ['cart', 'nginx'], edges: ['nginx>cart'] })
    expect(found('44')).toEqual({ nodes: [], edges: [] })
  })
  it('takes what the API found by address', () => {
    const f = search(g, '10.1.2', { nodes: new Set(), edges: new Set(['cart>redis']) })
    expect([...(f?.nodes ?? [])].sort()).toEqual(['cart', 'redis'])
  })
  it.each([
    ['10.0', true],
    ['10.0.0.7', true],
    ['fe80::1', true],
    ['8080', false],
    ['cafe', false],
    ['nginx', false],
  ])('%s looks like an address: %s', (text, is) => expect(looksLikeAddress(text)).toBe(is))
})

describe('matchers', () => {
  it('quote what names may hold', () => {
    const odd = graphOf({ nodes: [node('a', { labels: { process: 'say "hi"\\\n' } })], edges: [] }).nodes[0]
    expect(odd && nodeMatchers(odd)?.client).toBe('{client_process="say \\"hi\\"\\\\\\x0a"}')
  })
  it('select an edge by the labels of both ends and its transport', () => {
    const [e] = graph('a>b').edges
    expect(e && edgeMatchers(e)).toBe(
      '{client_cluster="c",client_process="a",server_cluster="c",server_process="b",transport="tcp"}',
    )
  })
  it('keep the filter that the user has set', () => {
    expect(joined(' {server_port="80", } ', ['a="b"'])).toBe('{server_port="80",a="b"}')
    expect([joined('', ['a="b"']), joined('{}', [])]).toEqual(['{a="b"}', ''])
  })
  it('cannot select what stands for many', () => {
    const many = graphOf({ nodes: [node('a', { labels: {} }), node('b')], edges: [edge('a', 'b')] })
    const [n] = many.nodes
    const [e] = many.edges
    expect([n && nodeMatchers(n), e && edgeMatchers(e)]).toEqual([undefined, undefined])
  })
  it('find addresses by their beginning', () => {
    expect(addressMatcher('10.0')).toBe('{address=~"10\\\\.0.*"}')
  })
})
