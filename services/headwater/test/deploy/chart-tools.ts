import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { goModule, goProgram, hasGo } from './go-tools.js'

const KUBERNETES = 'v1.34.0'

export const noGo: string | undefined = hasGo
  ? undefined
  : 'helm and kubeconform are built with Go, 1.21 or later, which is not installed'

/** Builds what is missing. @returns paths of the programs */
export async function chartTools(cache: string): Promise<{ helm: string; kubeconform: string }> {
  return {
    helm: await goProgram('helm', 'helm.sh/helm/v3@v3.22.0', './cmd/helm', cache),
    kubeconform: await goProgram('kubeconform', 'github.com/yannh/kubeconform@v0.8.0', './cmd/kubeconform', cache),
  }
}

interface Definition {
  properties?: Record<string, unknown>
  additionalProperties?: unknown
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[]
}

/**
 * Schemas for kubeconform, strict, out of the OpenAPI document that Kubernetes' own Go module has.
 * @returns kubeconform's -schema-location
 */
export async function kubernetesSchemas(cache: string): Promise<string> {
  const folder = join(cache, `schemas-${KUBERNETES}`)
  const location = `${folder}/{{ .ResourceKind }}{{ .KindSuffix }}.json`
  if (existsSync(folder)) return location
  const source = await goModule(`k8s.io/kubernetes@${KUBERNETES}`, cache)
  const text = readFileSync(join(source, 'api/openapi-spec/swagger.json'), 'utf8')
  const { definitions } = JSON.parse(text) as { definitions: Record<string, Definition> }
  // Integers or text, which the document tells by a format of its own.
  definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString'] = { type: ['integer', 'string'] } as Definition
  definitions['io.k8s.apimachinery.pkg.api.resource.Quantity'] = { type: ['number', 'string'] } as Definition
  for (const definition of Object.values(definitions))
    if (definition.properties !== undefined && definition.additionalProperties === undefined)
      definition.additionalProperties = false
  const making = `${folder}.${process.pid}`
  mkdirSync(making)
  for (const [name, definition] of Object.entries(definitions)) {
    const [kind, ...more] = definition['x-kubernetes-group-version-kind'] ?? []
    if (kind === undefined || more.length > 0) continue
    const suffix = [...(kind.group === '' ? [] : [kind.group.split('.')[0]]), kind.version].join('-')
    const schema = { $ref: `#/definitions/${name}`, definitions: within(name, definitions) }
    writeFileSync(join(making, `${kind.kind.toLowerCase()}-${suffix}.json`), JSON.stringify(schema))
  }
  renameSync(making, folder)
  return location
}

/** The definitions that one reaches. */
function within(name: string, all: Record<string, Definition>): Record<string, Definition> {
  const found: Record<string, Definition> = {}
  const add = (wanted: string) => {
    const definition = all[wanted]
    if (found[wanted] !== undefined || definition === undefined) return
    found[wanted] = definition
    for (const [, next = ''] of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g)) add(next)
  }
  add(name)
  return found
}
