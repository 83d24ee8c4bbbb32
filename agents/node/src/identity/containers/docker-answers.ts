import type { ContainerFacts } from './container.js'

const ID = /^[0-9a-f]{64}$/
/** An image that has lost its tag is told by its digest alone. */
const DIGEST = /^sha256:/

type Fields = Record<string, unknown>

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function labelsOf(value: unknown): Map<string, string> {
  const labels = Object.entries(fields(value)).filter(([, v]) => typeof v === 'string')
  return new Map(labels as [string, string][])
}

/** `/cart` is the container's own name, `/shop/cart` one that a link to it has made. */
const nameOf = (names: string[]): string =>
  (names.find((name) => name.lastIndexOf('/') <= 0) ?? names[0] ?? '').replace(/^\//, '')

/** One of GET /containers/json; undefined where it is no container. `whole` is false where only an inspection tells the image's name. */
export function listed(item: unknown): (ContainerFacts & { whole: boolean }) | undefined {
  const { Id, Names, Image, Labels } = fields(item)
  if (!ID.test(text(Id))) return undefined
  const names = Array.isArray(Names) ? Names.map(text) : []
  const image = text(Image)
  return { id: text(Id), name: nameOf(names), image, labels: labelsOf(Labels), whole: !DIGEST.test(image) }
}

/** The answer to GET /containers/ID/json; undefined where it is no container. */
export function inspected(answer: unknown): ContainerFacts | undefined {
  const { Id, Name, Config } = fields(answer)
  if (!ID.test(text(Id))) return undefined
  const { Image, Labels } = fields(Config)
  return { id: text(Id), name: nameOf([text(Name)]), image: text(Image), labels: labelsOf(Labels) }
}
