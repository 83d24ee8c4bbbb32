import {
  accountsRequest,
  accountsSchema,
  completenessAnswerSchema,
  completenessRequest,
  costRequest,
  costSchema,
  dnsRequest,
  dnsSchema,
  edgesRequest,
  edgesSchema,
  flowsRequest,
  flowsSchema,
  lagRequest,
  lagSchema,
  mapRequest,
  mapSchema,
  nodesRequest,
  nodesSchema,
  seriesRequest,
  seriesSchema,
  servicesRequest,
  servicesSchema,
  statusRequest,
  statusSchema,
  valuesRequest,
  valuesSchema,
} from '@headwater/contracts'
import type { z } from 'zod'

export interface ApiRoute {
  path: string
  /** Name of the answer's schema in the document. */
  answerName: string
  summary: string
  request: z.ZodObject
  answer: z.ZodType
}

/** Every route of /api/v1, for the document; a test holds it against the routes that are served. */
export const apiRoutes: readonly ApiRoute[] = [
  {
    path: '/api/v1/map',
    answerName: 'Map',
    summary: 'Nodes and edges of the map; limit is the number of nodes',
    request: mapRequest,
    answer: mapSchema,
  },
  {
    path: '/api/v1/services',
    answerName: 'Services',
    summary: 'The nodes of the map as a list, busiest first',
    request: servicesRequest,
    answer: servicesSchema,
  },
  {
    path: '/api/v1/edges',
    answerName: 'Edges',
    summary: 'Who talks to whom, with what is measured of it',
    request: edgesRequest,
    answer: edgesSchema,
  },
  {
    path: '/api/v1/series',
    answerName: 'Series',
    summary: 'What is measured of all edges that match, over time',
    request: seriesRequest,
    answer: seriesSchema,
  },
  {
    path: '/api/v1/cost',
    answerName: 'Cost',
    summary: 'What the traffic costs: by item, by path and by pair of services, and what could be saved',
    request: costRequest,
    answer: costSchema,
  },
  {
    path: '/api/v1/flows',
    answerName: 'Flows',
    summary: 'Rows of flows, newest first, in pages',
    request: flowsRequest,
    answer: flowsSchema,
  },
  {
    path: '/api/v1/dns',
    answerName: 'Dns',
    summary: 'Questions to name servers, with what was answered and how long it took; filters are those of the client',
    request: dnsRequest,
    answer: dnsSchema,
  },
  {
    path: '/api/v1/nodes',
    answerName: 'Nodes',
    summary: 'Nodes with their agents: state, versions, capabilities, listeners, cost',
    request: nodesRequest,
    answer: nodesSchema,
  },
  {
    path: '/api/v1/completeness',
    answerName: 'CompletenessOfRange',
    summary: 'How much of what happened is stored: delivered and coverage',
    request: completenessRequest,
    answer: completenessAnswerSchema,
  },
  {
    path: '/api/v1/accounts',
    answerName: 'Accounts',
    summary:
      'What became of the rows that agents produced, by agent instance and step: stored, dropped, dead, duplicate',
    request: accountsRequest,
    answer: accountsSchema,
  },
  {
    path: '/api/v1/lag',
    answerName: 'Lag',
    summary: 'How far ingest is behind on the bus, by topic and partition, as told last in the range',
    request: lagRequest,
    answer: lagSchema,
  },
  {
    path: '/api/v1/values',
    answerName: 'Values',
    summary: 'Values of a label, for pickers',
    request: valuesRequest,
    answer: valuesSchema,
  },
  {
    path: '/api/v1/status',
    answerName: 'Status',
    summary: 'What runs, what does not, and the command that mends it',
    request: statusRequest,
    answer: statusSchema,
  },
]
