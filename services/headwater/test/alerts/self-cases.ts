import type { AlertCase } from './case.js'

export const selfCases: AlertCase[] = [
  {
    alert: 'HeadwaterNodeSilent',
    name: 'one node of two',
    series: {
      'headwater_node_up{cluster="a",node="n1"}': '1 1 0x5',
      'headwater_node_up{cluster="a",node="n2"}': '1x6',
    },
    at: 4,
    fires: [
      {
        labels: { cluster: 'a', node: 'n1' },
        summary: 'n1 is silent',
        description:
          'Nothing is heard of the agent on a/n1, and it was not stopped: the node or its agent is down, or it does not reach the bus.',
        page: 'fleet',
      },
    ],
  },
  {
    alert: 'HeadwaterNodeSilent',
    name: 'a node that was stopped is no more told of',
    series: { 'headwater_node_up{cluster="a",node="n1"}': '1 1 stale' },
    at: 5,
    fires: [],
  },
  {
    alert: 'HeadwaterNodeLimitNear',
    name: 'the ports of one node, by two query replicas',
    series: {
      'headwater_node_limit_used_ratio{cluster="a",node="n1",kind="ports",instance="q1"}': '0.5 0.93x8',
      'headwater_node_limit_used_ratio{cluster="a",node="n1",kind="ports",instance="q2"}': '0.5 0.91x8',
      'headwater_node_limit_used_ratio{cluster="a",node="n1",kind="conntrack",instance="q1"}': '0.79x9',
      'headwater_node_limit_used_ratio{cluster="a",node="n2",kind="ports",instance="q1"}': '0.2x9',
    },
    at: 7,
    fires: [
      {
        labels: { cluster: 'a', node: 'n1', kind: 'ports' },
        summary: 'n1 is running out: ports',
        description:
          'On a/n1 93% of a limit of its kernel is in use (ports): at the limit new connections fail or packets are dropped. The fleet page says which one, and what to do.',
        page: 'fleet',
      },
    ],
  },
  {
    alert: 'HeadwaterNodeLimitNear',
    name: 'a burst of two minutes',
    series: { 'headwater_node_limit_used_ratio{cluster="a",node="n1",kind="ports"}': '0.5 1 1 0.4x8' },
    at: 7,
    fires: [],
  },
  {
    alert: 'HeadwaterRowsLost',
    name: 'a twentieth is missing',
    series: { headwater_delivered_ratio: '1 0.95x8' },
    at: 7,
    fires: [
      {
        labels: {},
        summary: 'Rows do not reach the store',
        description: 'Only 95% of the rows that agents produced in the last minutes are stored: views miss traffic.',
        page: 'fleet',
      },
    ],
  },
  {
    alert: 'HeadwaterRowsLost',
    name: 'all are there',
    series: { headwater_delivered_ratio: '0.999x8' },
    at: 7,
    fires: [],
  },
  {
    alert: 'HeadwaterCoverageLow',
    name: 'a node of ten is not heard',
    series: { headwater_coverage_ratio: '1 0.9x14' },
    at: 13,
    fires: [
      {
        labels: {},
        summary: 'Parts of the fleet are not observed',
        description: 'Nodes were heard for 90% of the time that they should have been: agents are down or cut off.',
        page: 'fleet',
      },
    ],
  },
  {
    alert: 'HeadwaterCoverageLow',
    name: 'for five minutes, as at the restart of a node',
    series: { headwater_coverage_ratio: '1 0.9x4 1x10' },
    at: 13,
    fires: [],
  },
  {
    alert: 'HeadwaterIngestLag',
    name: 'one replica is two minutes behind',
    series: {
      'headwater_ingest_lag_seconds{replica="r1"}': '1 120x6',
      'headwater_ingest_lag_seconds{replica="r2"}': '0.2x6',
    },
    at: 4,
    fires: [
      {
        labels: { replica: 'r1' },
        summary: 'Ingest r1 is behind',
        description:
          'What the ingest replica r1 takes from the bus is 2m 0s old when it is stored, or waits so long for the store: views are that much behind.',
        page: 'fleet',
      },
    ],
  },
  {
    alert: 'HeadwaterIngestLag',
    name: 'a few seconds',
    series: { 'headwater_ingest_lag_seconds{replica="r1"}': '8x6' },
    at: 4,
    fires: [],
  },
  {
    alert: 'HeadwaterStoreDown',
    name: 'as one replica of two tells',
    series: {
      'headwater_query_store_up{instance="q1"}': '1 0x5',
      'headwater_query_store_up{instance="q2"}': '1x6',
    },
    at: 3,
    fires: [
      {
        labels: {},
        summary: 'The store does not answer',
        description: 'ClickHouse does not answer the query service: nothing can be shown, and health is not judged.',
        page: 'fleet',
      },
    ],
  },
  { alert: 'HeadwaterStoreDown', name: 'it answers', series: { headwater_query_store_up: '1x6' }, at: 3, fires: [] },
  {
    alert: 'HeadwaterDown',
    name: 'a part of the job',
    series: { 'up{job="headwater",instance="q1:4400"}': '1 0x5', 'up{job="node",instance="x"}': '0x6' },
    at: 3,
    fires: [
      {
        labels: { job: 'headwater', instance: 'q1:4400' },
        summary: 'q1:4400 cannot be scraped',
        description: 'Prometheus gets no metrics from q1:4400: other alerts of Headwater may be missing.',
        page: 'fleet',
      },
    ],
  },
  {
    alert: 'HeadwaterDown',
    name: 'all answer',
    series: { 'up{job="headwater",instance="q1:4400"}': '1x6' },
    at: 3,
    fires: [],
  },
]
