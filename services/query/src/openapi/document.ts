import { problemSchema } from '@headwater/contracts'
import { z } from 'zod'
import { demoAnswer, demoRoutes } from './demo.js'
import { type ApiRoute, apiRoutes } from './routes.js'

type Json = Record<string, unknown>

const errors: Record<string, string> = {
  400: 'A parameter is wrong, unknown or given twice; the problem names it',
  401: 'The token is missing or wrong',
  421: 'The Host header is not one of this server',
  429: 'Too many queries are under way',
  500: 'Failed within Headwater',
  503: 'The store does not answer, or has no room for the query',
  504: 'The query took too long',
}

const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

const bare = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  }) as Json
  return rest
}

function parameters(request: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = bare(request, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

const answers = (name: string, failures: Record<string, string>): Json => ({
  200: {
    description: 'The answer',
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  },
  ...Object.fromEntries(Object.entries(failures).map(([status, text]) => [status, problem(text)])),
})

const demoOperation = ({ method, operationId, summary, body }: (typeof demoRoutes)[keyof typeof demoRoutes]): Json => ({
  [method]: {
    operationId,
    summary,
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: bare(body, 'input') } } } }),
    responses: answers(demoAnswer.name, { ...errors, 404: 'There is no demo here' }),
  },
})

const operation = (route: ApiRoute): Json => ({
  get: {
    operationId: route.path.split('/').at(-1),
    summary: route.summary,
    parameters: parameters(route.request),
    responses: answers(route.answerName, errors),
  },
})

const open = (summary: string, operationId: string, type: string, failures: Json = {}): Json => ({
  get: {
    operationId,
    summary,
    security: [],
    responses: { 200: { description: 'OK', content: { [type]: {} } }, ...failures },
  },
})

/** The OpenAPI 3.1 document of the API, made of the schemas that requests and answers are checked with. */
export const openApiDocument = (version: string): Json => ({
  openapi: '3.1.1',
  info: {
    title: 'Headwater',
    version,
    description: 'What talks to what, as ClickHouse has it.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ token: [] }],
  paths: {
    ...Object.fromEntries(apiRoutes.map((route) => [route.path, operation(route)])),
    ...Object.fromEntries(Object.entries(demoRoutes).map(([path, route]) => [path, demoOperation(route)])),
    '/api/openapi.json': open('This document', 'openapi', 'application/json'),
    '/metrics': {
      get: {
        operationId: 'metrics',
        summary: 'Prometheus metrics; without the token where the server listens on loopback',
        security: [{}, { token: [] }],
        responses: { 200: { description: 'OK', content: { 'text/plain': {} } }, 401: problem(errors[401] as string) },
      },
    },
    '/healthz': open('The server answers', 'healthz', 'application/json'),
    '/readyz': open('The store answers too', 'readyz', 'application/json', { 503: problem(errors[503] as string) }),
  },
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    schemas: {
      Problem: bare(problemSchema, 'output'),
      ...Object.fromEntries(apiRoutes.map((route) => [route.answerName, bare(route.answer, 'output')])),
      [demoAnswer.name]: bare(demoAnswer.schema, 'output'),
    },
  },
})
