import { expect, it } from 'vitest'
import { type Call, Callers } from './callers.js'
import type { End } from './connections.js'

const T = 1_700_000_000_000
const HOUR = 3_600_000
const end = (service: string): End => ({
  ...{ service, process: service, namespace: '', container: '' },
  ...{ node: 'n', cluster: 'c', netns: 1, zone: '', region: '' },
})
const call: Call = { netns: 1, client: 10, server: 20, port: 80 }

it('knows who called from there before', () => {
  const callers = new Callers()
  expect(callers.find('i', call, T)).toBeUndefined()
  callers.see('i', call, end('shop'), T)
  expect(callers.find('i', call, T + HOUR)?.service).toBe('shop')
  for (const other of [{ netns: 2 }, { client: 11 }, { server: 21 }, { port: 81 }])
    expect(callers.find('i', { ...call, ...other }, T)).toBeUndefined()
  expect(callers.find('another', call, T)).toBeUndefined()
})

it('names nobody while several call from there, and the one that is left an hour later', () => {
  const callers = new Callers()
  callers.see('i', call, end('shop'), T)
  callers.see('i', call, end('batch'), T + 1_000)
  expect(callers.find('i', call, T + 2_000)).toBeUndefined()
  callers.see('i', call, end('batch'), T + HOUR)
  expect(callers.find('i', call, T + HOUR + 1_000)?.service).toBe('batch')
})

it('forgets what nobody asked for when it is full', () => {
  const callers = new Callers(2)
  const on = (port: number): Call => ({ ...call, port })
  for (const port of [1, 2, 3, 4]) {
    callers.see('i', on(port), end(`s${port}`), T)
    callers.find('i', on(1), T)
  }
  const known = [1, 2, 3, 4].filter((port) => callers.find('i', on(port), T) !== undefined)
  expect(known).toContain(1)
  expect(known.length).toBeLessThan(4)
})
