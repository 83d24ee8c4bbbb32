import { describe, expect, test } from 'vitest'
import { joinExpositions, labelText, labelValue, metricsText } from './exposition.js'

describe('label values', () => {
  test('are escaped as the format says; HTML is text like any other', () => {
    expect(labelText({ a: 'q"uo\\te\nline', b: '<script>alert(1)</script>', c: '' })).toBe(
      'a="q\\"uo\\\\te\\nline",b="<script>alert(1)</script>",c=""',
    )
  })

  test('are one value where they are written alike', () => {
    const long = 'x'.repeat(255)
    expect(labelValue(`${long}😀`)).toBe(labelValue(`${long}🙂`))
    expect(labelValue('x'.repeat(10_000))).toHaveLength(256)
  })
})

describe('texts of several parts', () => {
  const part = (replica: string, value: number) =>
    metricsText([
      { name: 'a_total', type: 'counter', help: 'A', samples: [{ labels: { replica }, value }] },
      { name: 'b', type: 'gauge', help: 'B', samples: [{ labels: {}, value }] },
    ])

  test('have each family once, with the samples of all', () => {
    expect(joinExpositions([part('x', 1), part('y', 2), 'lone 3'])).toBe(
      '# HELP a_total A\n# TYPE a_total counter\na_total{replica="x"} 1\na_total{replica="y"} 2\n' +
        '# HELP b B\n# TYPE b gauge\nb 1\nb 2\nlone 3\n',
    )
  })

  test('keep the parts of a histogram together', () => {
    const histogram = '# HELP h H\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'
    expect(joinExpositions([histogram, 'other 1\n'])).toBe(`${histogram}other 1\n`)
    expect(joinExpositions([])).toBe('')
  })
})
