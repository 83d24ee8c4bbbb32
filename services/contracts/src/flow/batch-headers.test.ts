import { expect, it } from 'vitest'
import { batchHeaders, batchLabel } from './batch-headers.js'

it('says what an agent wrote', () => {
  expect(batchLabel({ key: 'other', headers: batchHeaders('i-1', 7, 400) })).toEqual({
    ...{ instance: 'i-1', sequence: 7, rows: 400 },
  })
})

it('takes the key where no header names the instance, and nothing that cannot be one', () => {
  const nothing = { instance: '', sequence: 0, rows: 0 }
  expect(batchLabel({ key: 'i-1', headers: {} })).toEqual({ ...nothing, instance: 'i-1' })
  // Whose sequence would that be?
  expect(batchLabel({ key: 'i-1', headers: { 'headwater-sequence': '3' } })).toEqual({ ...nothing, instance: 'i-1' })
  for (const key of ['', 'two words', 'ü', '\u0000', 'x'.repeat(65)])
    expect(batchLabel({ key, headers: {} })).toEqual(nothing)
})

it('takes no number that is none', () => {
  const label = (sequence: string, rows: string) =>
    batchLabel({
      key: '',
      headers: { 'headwater-instance': 'i', 'headwater-sequence': sequence, 'headwater-rows': rows },
    })
  for (const odd of ['', '-1', '1e3', '1.5', 'x', '9'.repeat(16), '9'.repeat(400)])
    expect([label(odd, '5').sequence, label(odd, '5').rows, label('1', odd).rows]).toEqual([0, 0, 0])
  expect(label('1', '100001').rows).toBe(0)
})
