import { problemSchema } from '@headwater/contracts'
import { describe, expect, test } from 'vitest'
import { demoRoutes } from './demo.js'
import { openApiDocument } from './document.js'
import { apiRoutes } from './routes.js'

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape, which is what is being checked
type Json = Record<string, any>
const document: Json = JSON.parse(JSON.stringify(openApiDocument('1.2.3')))

const walk = (value: unknown, visit: (object: Json) => void): void => {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) visit(value as Json)
  for (const child of Object.values(value)) walk(child, visit)
}

/** Keywords of JSON Schema 2020-12 that zod makes. */
const keywords = new Set([
  ...[
    'type',
    'properties',
    'required',
    'additionalProperties',
    'propertyNames',
    'items',
    'prefixItems',
    'enum',
    'const',
    'anyOf',
    'oneOf',
    'allOf',
  ],
  ...[
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'pattern',
    'format',
  ],
  ...['description', 'default', '$ref', 'title', 'examples'],
])

function checkSchema(schema: Json, where: string): void {
  for (const [keyword, value] of Object.entries(schema)) {
    expect(keywords.has(keyword), `${where}: ${keyword}`).toBe(true)
    if (keyword === 'properties')
      for (const [name, property] of Object.entries<Json>(value)) checkSchema(property, `${where}.${name}`)
    if (['items', 'additionalProperties', 'propertyNames'].includes(keyword) && typeof value === 'object')
      checkSchema(value, `${where}.${keyword}`)
    if (['anyOf', 'oneOf', 'allOf'].includes(keyword))
      for (const [i, s] of Object.entries<Json>(value)) checkSchema(s, `${where}.${keyword}[${i}]`)
  }
}

describe('openApiDocument', () => {
  test('is OpenAPI 3.1 with the version of the program', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.info).toMatchObject({ title: 'Headwater', version: '1.2.3' })
    expect(Object.keys(document).sort()).toEqual(['components', 'info', 'openapi', 'paths', 'security', 'servers'])
  })

  test('has every route, with parameters, answer and errors', () => {
    const { paths } = document
    expect(Object.keys(paths).sort()).toEqual(
      [
        ...apiRoutes.map((r) => r.path),
        ...Object.keys(demoRoutes),
        '/api/openapi.json',
        '/metrics',
        '/healthz',
        '/readyz',
      ].sort(),
    )
    for (const route of apiRoutes) {
      const { parameters, responses } = paths[route.path].get as {
        parameters: { name: string; schema: Json; in: string }[]
        responses: Json
      }
      expect(parameters.map((p) => p.name)).toEqual(Object.keys(route.request.shape))
      expect(parameters.every((p) => p.in === 'query')).toBe(true)
      for (const p of parameters) checkSchema(p.schema, `${route.path}?${p.name}`)
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '401', '421', '429', '503', '504']))
    }
  })

  test('has the demo, with the body of a switch', () => {
    const { get } = document.paths['/api/v1/demo']
    const { post } = document.paths['/api/v1/demo/faults']
    const { schema } = post.requestBody.content['application/json']
    checkSchema(schema, 'body')
    expect(schema).toMatchObject({ required: ['id', 'on'], additionalProperties: false })
    for (const { responses } of [get, post])
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '404']))
    checkSchema(document.components.schemas.Demo, 'Demo')
  })

  test('operations have names of their own, each path starts with a slash', () => {
    const ids: string[] = []
    walk(document.paths, (object) => {
      if (typeof object.operationId === 'string') ids.push(object.operationId)
    })
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(document.paths).every((p) => p.startsWith('/'))).toBe(true)
  })

  test('references lead somewhere', () => {
    walk(document, (object) => {
      const reference = (object as { $ref?: unknown }).$ref
      if (typeof reference !== 'string') return
      const target = reference
        .replace(/^#\//, '')
        .split('/')
        .reduce<Json | undefined>((at, key) => at?.[key], document)
      expect(target, reference).toBeDefined()
    })
  })

  test('schemas are JSON Schema', () => {
    const { schemas } = document.components as { schemas: Record<string, Json> }
    for (const [name, schema] of Object.entries(schemas)) checkSchema(schema, name)
    expect(Object.keys(schemas.Problem?.properties)).toEqual(Object.keys(problemSchema.shape))
    expect(schemas.Map).toMatchObject({ type: 'object', properties: { nodes: { type: 'array' } } })
  })
})
