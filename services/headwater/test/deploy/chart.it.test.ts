import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { skip } from '../support/headwater.js'
import { notAsked } from './asked.js'
import { chartTools, kubernetesSchemas, noGo } from './chart-tools.js'

const exec = promisify(execFile)
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const chart = join(root, 'deploy/helm/headwater')
const full = ['-f', join(chart, 'ci/full-values.yaml')]

interface Manifest {
  kind: string
  metadata: { name: string }
  spec: {
    template: {
      spec: {
        containers: {
          securityContext: {
            privileged?: boolean
            runAsNonRoot?: boolean
            capabilities: { drop: string[]; add?: string[] }
          }
        }[]
      }
    }
  }
}

describe.skipIf(skip('the Helm chart', notAsked ?? noGo))('the Helm chart', () => {
  const cache = join(root, 'node_modules/.cache/headwater/chart')
  let tools: Awaited<ReturnType<typeof chartTools>>
  let schemas: string
  beforeAll(async () => {
    tools = await chartTools(cache)
    schemas = await kubernetesSchemas(cache)
  }, 1_200_000)

  const template = async (...more: string[]) =>
    (await exec(tools.helm, ['template', 'it', chart, '--kube-version', '1.34.0', ...full, ...more])).stdout
  const manifests = async (...more: string[]) =>
    parseAllDocuments(await template(...more))
      .map((document) => document.toJS() as Manifest | null)
      .filter((m) => m !== null)
  async function validated(yaml: string): Promise<string> {
    const child = spawn(tools.kubeconform, ['-strict', '-summary', '-schema-location', schemas, '-'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.end(yaml)
    return (await text(child.stdout)) + (await text(child.stderr))
  }
  const capabilities = (all: Manifest[]) =>
    all.find((m) => m.kind === 'DaemonSet')?.spec.template.spec.containers[0]?.securityContext.capabilities.add

  it('lints, strictly', async () => {
    expect((await exec(tools.helm, ['lint', '--strict', chart, ...full])).stdout).toContain('0 chart(s) failed')
  })

  it('renders what Kubernetes takes', async () => {
    const yaml = await template()
    expect(await validated(yaml)).toMatch(/Valid: \d+, Invalid: 0, Errors: 0, Skipped: 0/)
    // The schemas are strict: a field that does not exist is found.
    expect(await validated(yaml.replace('hostPID:', 'hostPid:'))).toMatch(/Invalid: 1/)
  })

  it('is never privileged, and has the capabilities by name', async () => {
    const all = await manifests()
    const pods = all.filter((m) => ['DaemonSet', 'Deployment', 'Job'].includes(m.kind))
    expect(pods).toHaveLength(4)
    for (const { kind, spec } of pods)
      for (const { securityContext } of spec.template.spec.containers) {
        expect(securityContext.privileged ?? false).toBe(false)
        expect(securityContext.capabilities.drop).toEqual(['ALL'])
        if (kind !== 'DaemonSet') expect(securityContext).toMatchObject({ runAsNonRoot: true })
      }
    const some = ['BPF', 'PERFMON', 'NET_ADMIN', 'SYS_PTRACE', 'DAC_READ_SEARCH']
    expect(capabilities(all)).toEqual([...some, 'SYS_ADMIN'])
    expect(capabilities(await manifests('--set', 'agent.sysAdmin=false'))).toEqual(some)
  })

  it('says what is missing', async () => {
    const bare = exec(tools.helm, ['template', 'it', chart, '--kube-version', '1.34.0'])
    const error = await bare.then(
      () => '',
      (e: Error) => e.message,
    )
    for (const key of ['/kafka/brokers', '/clickhouse/url', '/clickhouse/existingSecret', '/token/existingSecret'])
      expect(error).toContain(key)
    await expect(template('--set', 'agent.sysadmin=true')).rejects.toThrow(/sysadmin/)
  })
})
