import { z } from 'zod'

const id = z.string().regex(/^[0-9a-z]+-([0-9a-z]+-)?(app|panel|datasource)$/)
const path = z.string().min(1)
const types = z.enum(['app', 'datasource', 'panel'])

/**
 * The fields of plugin.json that are used here, as Grafana's documentation gives them: its own JSON schema is in no package. Strict: a key that
 * Grafana does not know is a mistake.
 */
export const pluginSchema = z.strictObject({
  $schema: z.url().optional(),
  type: types,
  id,
  name: z.string().min(1),
  info: z.strictObject({
    description: z.string().max(200),
    author: z.strictObject({ name: z.string(), url: z.url().optional(), email: z.email().optional() }),
    keywords: z.array(z.string()).min(1),
    logos: z.strictObject({ small: path, large: path }),
    links: z.array(z.strictObject({ name: z.string(), url: z.url() })).optional(),
    screenshots: z.array(z.strictObject({ name: z.string(), path })).optional(),
    // Of the sources; the build puts version and day in.
    version: z.literal('%VERSION%'),
    updated: z.literal('%TODAY%'),
  }),
  dependencies: z.strictObject({
    grafanaDependency: z.string().regex(/^(<=|>=|<|>|=|~|\^)?(\d+\.){2}\d+$/),
    plugins: z.array(z.strictObject({ id: z.string(), name: z.string(), type: types, version: z.string() })),
  }),
  includes: z
    .array(
      z.strictObject({
        type: z.enum(['page', 'dashboard', 'panel', 'datasource']),
        name: z.string(),
        path: path.optional(),
        role: z.enum(['Admin', 'Editor', 'Viewer', 'None']).optional(),
        addToNav: z.boolean().optional(),
        defaultNav: z.boolean().optional(),
        icon: z.string().optional(),
        uid: z.string().optional(),
      }),
    )
    .optional(),
  // Of data sources alone.
  metrics: z.boolean().optional(),
  annotations: z.boolean().optional(),
  alerting: z.boolean().optional(),
  backend: z.boolean().optional(),
  executable: z.string().optional(),
  category: z
    .enum(['tsdb', 'logging', 'cloud', 'tracing', 'profiling', 'sql', 'enterprise', 'iot', 'other'])
    .optional(),
  queryOptions: z
    .strictObject({
      maxDataPoints: z.boolean().optional(),
      minInterval: z.boolean().optional(),
      cacheTimeout: z.boolean().optional(),
    })
    .optional(),
})
