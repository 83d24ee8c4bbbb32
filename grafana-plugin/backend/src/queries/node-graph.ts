import type { HealthState, MapAnswer } from '@headwater/contracts/api'
import { healthStates } from '@headwater/contracts/api'
import type { Field, FieldConfig, Frame } from '../frames/frame.ts'

const colors: Record<HealthState, string> = { healthy: 'green', degraded: 'orange', unhealthy: 'red', unknown: 'gray' }
const THICKEST = 8

const text = (name: string, values: string[], config?: FieldConfig): Field => ({
  name,
  type: 'string',
  values,
  ...(config && { config }),
})
const number = (name: string, values: number[], config?: FieldConfig): Field => ({
  name,
  type: 'number',
  values,
  ...(config && { config }),
})

const detail = (displayName: string, unit?: string): FieldConfig => ({
  displayName,
  ...(unit !== undefined && { unit }),
})

function nodeFields({ nodes }: MapAnswer): Field[] {
  return [
    text(
      'id',
      nodes.map((n) => n.id),
    ),
    text(
      'title',
      nodes.map((n) => n.label),
    ),
    text(
      'subtitle',
      nodes.map((n) => [n.namespace, n.cluster].filter(Boolean).join(' · ') || n.class),
    ),
    number(
      'mainstat',
      nodes.map((n) => n.tx_bytes + n.rx_bytes),
      detail('Traffic', 'decbytes'),
    ),
    number(
      'secondarystat',
      nodes.map((n) => n.failures),
      detail('Failures'),
    ),
    ...healthStates.map((state) =>
      number(
        `arc__${state}`,
        nodes.map((n) => (n.health.state === state ? 1 : 0)),
        {
          displayName: state,
          color: { mode: 'fixed', fixedColor: colors[state] },
        },
      ),
    ),
    text(
      'detail__state',
      nodes.map((n) => n.health.state),
      detail('Health'),
    ),
    text(
      'detail__reason',
      nodes.map((n) => n.health.reason),
      detail('Why'),
    ),
    number(
      'detail__connects',
      nodes.map((n) => n.connects),
      detail('Connections as client'),
    ),
    number(
      'detail__accepts',
      nodes.map((n) => n.accepts),
      detail('Connections as server'),
    ),
    number(
      'detail__open',
      nodes.map((n) => n.open),
      detail('Open connections'),
    ),
  ]
}

function edgeFields({ edges }: MapAnswer): Field[] {
  const bytes = edges.map((e) => e.client_to_server_bytes + e.server_to_client_bytes)
  const most = Math.log1p(bytes.reduce((a, b) => Math.max(a, b), 0))
  return [
    text(
      'id',
      edges.map((e) => e.id),
    ),
    text(
      'source',
      edges.map((e) => e.source),
    ),
    text(
      'target',
      edges.map((e) => e.target),
    ),
    number('mainstat', bytes, detail('Traffic', 'decbytes')),
    number(
      'secondarystat',
      edges.map((e) => e.failures),
      detail('Failures'),
    ),
    number(
      'thickness',
      bytes.map((b) => 1 + (most === 0 ? 0 : ((THICKEST - 1) * Math.log1p(b)) / most)),
    ),
    text(
      'color',
      edges.map((e) => colors[e.health.state]),
    ),
    text(
      'detail__state',
      edges.map((e) => e.health.state),
      detail('Health'),
    ),
    text(
      'detail__reason',
      edges.map((e) => e.health.reason),
      detail('Why'),
    ),
    number(
      'detail__connects',
      edges.map((e) => e.connects),
      detail('Connections'),
    ),
    number(
      'detail__open',
      edges.map((e) => e.open),
      detail('Open connections'),
    ),
    number(
      'detail__retransmits',
      edges.map((e) => e.retransmits),
      detail('Retransmitted segments'),
    ),
    text(
      'detail__transport',
      edges.map((e) => e.transport),
      detail('Transport'),
    ),
  ]
}

/** A map in the fields of Grafana's own Node Graph. No nodes: no frames. */
export function nodeGraph(map: MapAnswer, refId: string, custom: Record<string, unknown>): Frame[] {
  const meta = { preferredVisualisationType: 'nodeGraph', custom } as const
  const frames: Frame[] = [
    { name: 'nodes', refId, fields: nodeFields(map), meta },
    { name: 'edges', refId, fields: edgeFields(map), meta },
  ]
  return frames.filter((frame) => (frame.fields[0]?.values.length ?? 0) > 0)
}
