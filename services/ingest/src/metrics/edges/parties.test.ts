import { beforeEach, expect, it } from 'vitest'
import { numbersFrom } from '../../testing/index.js'
import { Bounded } from './bounded.js'
import { edgeLabels, serviceLabels } from './families.js'
import { Parties } from './parties.js'
import { EdgeSums, ServiceSums } from './sums.js'

const books = () => ({
  edges: new Bounded(edgeLabels, (labels) => new EdgeSums(labels), 25, 1, 0, ''),
  services: new Bounded(serviceLabels, (labels) => new ServiceSums(labels), 10, 1, 0, ''),
})

let remembering: ReturnType<typeof books>
let asking: ReturnType<typeof books>
beforeEach(() => {
  remembering = books()
  asking = books()
})

const state = ({ edges, services }: ReturnType<typeof books>) =>
  [edges, services].map((book) => ({
    folded: book.foldedSeries,
    all: [...book].map(({ labels, last }) => [labels, last]),
  }))

it.each([1, 2, 3])('give what is given to who asks for each edge anew, whatever is swept meanwhile (%i)', (seed) => {
  const next = numbersFrom(seed)
  const parties = new Parties(remembering.edges, remembering.services)
  let now = 1e12
  let others = 0
  for (let i = 0; i < 20_000; i++) {
    // Names of one time give way to those of the next; now and then nothing comes for so long that all are idle.
    now += next(300) === 0 ? 4_000_000 : next(2000)
    const name = () => (next(50) === 0 ? 'other' : `s${Math.floor(i / 2000) + next(5)}`)
    const [client, server] = [
      ['c', 'n', name()],
      ['c', 'n', name()],
    ] as const
    const transport = next(2) === 0 ? 'tcp' : 'udp'
    const labels = ['c', 'c', 'n', 'n', client[2], server[2], transport]
    if (next(100) === 0) parties.begin()
    const [a, b] = [parties.of(client, transport, now), parties.of(server, transport, now)]
    const edge = parties.edge(a, b, now)
    const wanted = [client, server].map((texts) => {
      const sums = asking.services.of(texts, now)
      sums.last = now
      return sums.labels
    })
    const sums = asking.edges.of(labels, now)
    sums.last = now
    expect([a.sums.labels, b.sums.labels, edge.labels]).toEqual([...wanted, sums.labels])
    if (edge === remembering.edges.other) others++
  }
  expect(state(remembering)).toEqual(state(asking))
  expect(others).toBeGreaterThan(100)
  expect(others).toBeLessThan(19_000)
})
