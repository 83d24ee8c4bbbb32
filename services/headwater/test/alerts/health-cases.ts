import type { AlertCase } from './case.js'

const ends =
  'client_cluster="a",client_namespace="",client_service="web",server_cluster="b",server_namespace="",server_service="cart"'
const edge = (more: string) => `headwater_edge_health{${ends},transport="tcp",counted="true",${more}}`
const about = {
  ...{ client_cluster: 'a', client_service: 'web', server_cluster: 'b', server_service: 'cart' },
}
const search = '{client_service="web",server_service="cart"}'

const failing = 'state="unhealthy",cause="no-answer",at_fault="path"'
const unreliable = 'state="degraded",cause="refused",at_fault="server"'
const slow = 'state="degraded",cause="slow-round-trip",at_fault="path"'
const slowNames = 'state="degraded",cause="dns-slow",at_fault="server"'
const lossy = 'state="unhealthy",cause="retransmits",at_fault="path"'
const healthy = 'state="healthy",cause="",at_fault=""'

export const healthCases: AlertCase[] = [
  {
    alert: 'HeadwaterServiceFailing',
    name: 'a service that two query replicas tell to be unhealthy',
    series: {
      'headwater_service_health{cluster="b",namespace="",service="cart",state="unhealthy",instance="q1"}': '0 1x5',
      'headwater_service_health{cluster="b",namespace="",service="cart",state="unhealthy",instance="q2"}': '0 1x5',
      'headwater_service_health{cluster="b",namespace="",service="calm",state="unhealthy",instance="q1"}': '0x6',
    },
    at: 3,
    fires: [
      {
        labels: { cluster: 'b', service: 'cart' },
        summary: 'cart is failing',
        description:
          'The service cart (cluster b) is unhealthy, and at fault: connections to it are refused, broken off or not answered, questions for names are not answered, or it cannot make connections itself.',
        page: 'health',
        search: '{server_service="cart"}',
      },
    ],
  },
  {
    alert: 'HeadwaterServiceFailing',
    name: 'a name with quotes, a backslash and HTML',
    series: {
      'headwater_service_health{cluster="",namespace="",service="a\\"b\\\\c<b>",state="unhealthy"}': '1x5',
    },
    at: 3,
    fires: [
      {
        labels: { service: 'a"b\\c<b>' },
        summary: 'a"b\\c<b> is failing',
        description:
          'The service a"b\\c<b> (cluster unknown) is unhealthy, and at fault: connections to it are refused, broken off or not answered, questions for names are not answered, or it cannot make connections itself.',
        page: 'health',
        search: '{server_service="a\\"b\\\\c<b>"}',
      },
    ],
  },
  {
    alert: 'HeadwaterServiceFailing',
    name: 'a moment is none',
    series: { 'headwater_service_health{cluster="b",namespace="",service="cart",state="unhealthy"}': '0 0 0 1 0 0' },
    at: 3,
    fires: [],
  },
  {
    alert: 'HeadwaterServiceFailing',
    name: 'a service that is degraded',
    series: { 'headwater_service_health{cluster="b",namespace="",service="cart",state="degraded"}': '1x5' },
    at: 5,
    fires: [],
  },
  {
    alert: 'HeadwaterConnectionsFailing',
    name: 'a path without an answer',
    series: { [edge(failing)]: '1x5' },
    at: 3,
    fires: [
      {
        labels: { ...about, cause: 'no-answer' },
        summary: 'web does not reach cart',
        description:
          'Connections from web to cart fail (no-answer), and neither of them is known to be the reason: look at what is between them.',
        page: 'map',
        search,
      },
    ],
  },
  {
    alert: 'HeadwaterConnectionsFailing',
    name: 'a server at fault, a client at fault, another view behind NAT, a slow edge',
    series: {
      [edge('state="unhealthy",cause="ports-exhausted",at_fault="client"')]: '1x5',
      [edge('state="unhealthy",cause="refused",at_fault="server"')]: '1x5',
      [edge(failing).replace('"true"', '"false"')]: '1x5',
      [edge(slow)]: '1x5',
    },
    at: 3,
    fires: [],
  },
  {
    alert: 'HeadwaterConnectionsUnreliable',
    name: 'some attempts are refused',
    series: { [edge(unreliable)]: '1x10' },
    at: 6,
    fires: [
      {
        labels: { ...about, cause: 'refused' },
        summary: 'Some connections from web to cart fail',
        description: 'Some of the connections from web to cart fail (refused).',
        page: 'map',
        search,
      },
    ],
  },
  {
    alert: 'HeadwaterConnectionsUnreliable',
    name: 'for four minutes, and a healthy edge',
    series: { [edge(unreliable)]: '1x3 stale', [edge(healthy)]: '1x10' },
    at: 6,
    fires: [],
  },
  {
    alert: 'HeadwaterLatencyHigh',
    name: 'a slow path, as its state gets worse',
    series: { [edge(slow)]: '1x2 stale', [edge(slow.replace('degraded', 'unhealthy'))]: '_ _ _ 1x6' },
    at: 6,
    fires: [
      {
        labels: { ...about, cause: 'slow-round-trip' },
        summary: 'web to cart is slow',
        description:
          'Connections from web to cart are slow (slow-round-trip), far above what they were or above the threshold.',
        page: 'map',
        search,
      },
    ],
  },
  {
    alert: 'HeadwaterLatencyHigh',
    name: 'a path that loses segments',
    series: { [edge(lossy)]: '1x10' },
    at: 6,
    fires: [],
  },
  {
    alert: 'HeadwaterNamesSlow',
    name: 'a name server that two services wait for: one alert',
    series: {
      [edge(slowNames)]: '1x10',
      [edge(slowNames).replace('"web"', '"shop"')]: '1x10',
    },
    at: 6,
    fires: [
      {
        labels: { server_cluster: 'b', server_service: 'cart' },
        summary: 'cart is slow to answer for names',
        description: 'The name server cart takes long to answer: whoever asks it waits before each new connection.',
        page: 'health',
        search: '{server_service="cart"}',
      },
    ],
  },
  {
    alert: 'HeadwaterNamesSlow',
    name: 'a slow path',
    series: { [edge(slow)]: '1x10' },
    at: 6,
    fires: [],
  },
  {
    alert: 'HeadwaterRetransmits',
    name: 'a path that loses segments',
    series: { [edge(lossy)]: '1x10' },
    at: 6,
    fires: [
      {
        labels: { ...about, cause: 'retransmits' },
        summary: 'Segments between web and cart are lost',
        description: 'Many segments between web and cart have to be sent again: the path loses packets.',
        page: 'map',
        search,
      },
    ],
  },
  {
    alert: 'HeadwaterRetransmits',
    name: 'a slow path',
    series: { [edge(slow)]: '1x10' },
    at: 6,
    fires: [],
  },
]
