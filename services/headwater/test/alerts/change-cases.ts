import type { AlertCase } from './case.js'

const connections = (client: string, server: string, replica = 'r1') =>
  `headwater_edge_connections_total{client_cluster="a",client_namespace="",client_service="${client}",server_cluster="a",server_namespace="",server_service="${server}",transport="tcp",replica="${replica}"}`
const known = { [connections('web', 'cart')]: '5+1x100' }

const cost = (item: string, instance = 'q1') =>
  `headwater_cost_per_day{item="${item}",currency="EUR",instance="${instance}"}`

export const changeCases: AlertCase[] = [
  {
    alert: 'HeadwaterNewDependency',
    name: 'an edge that was never seen, by whichever replica',
    series: {
      ...known,
      [connections('web', 'database')]: '_x60 1+1x40',
      [connections('web', 'cart', 'r2')]: '_x60 1+1x40',
    },
    at: 65,
    fires: [
      {
        labels: { client_cluster: 'a', client_service: 'web', server_cluster: 'a', server_service: 'database' },
        summary: 'web now calls database',
        description: 'web has connections to database, and had none in the 1d before.',
        page: 'map',
        search: '{client_service="web",server_service="database"}',
      },
    ],
  },
  {
    alert: 'HeadwaterNewDependency',
    name: 'no longer new after ten minutes',
    series: { ...known, [connections('web', 'database')]: '_x60 1+1x40' },
    at: 72,
    fires: [],
  },
  {
    alert: 'HeadwaterNewDependency',
    name: 'an edge that is seen each hour',
    series: { ...known, [connections('web', 'nightly')]: '1x5 _x55 1x40' },
    at: 65,
    fires: [],
  },
  {
    alert: 'HeadwaterNewDependency',
    name: 'nothing is new to who has just begun to look',
    series: { [connections('web', 'cart')]: '5+1x30', [connections('web', 'database')]: '_x8 1+1x30' },
    at: 15,
    fires: [],
  },
  {
    alert: 'HeadwaterNewDependency',
    name: 'addresses without a name, and what is folded',
    series: {
      ...known,
      [connections('web', '10.0.0.7')]: '_x60 1+1x40',
      [connections('web', 'fd00::7')]: '_x60 1+1x40',
      [connections('other', 'other')]: '_x60 1+1x40',
    },
    at: 65,
    fires: [],
  },
  {
    alert: 'HeadwaterCostSpike',
    name: 'one item is three times dearer for two hours',
    series: {
      [cost('cross-zone')]: '10x600 30x120',
      [cost('cross-zone', 'q2')]: '10x600 30x120',
      [cost('internet')]: '50x720',
    },
    at: 710,
    fires: [
      {
        labels: { item: 'cross-zone', currency: 'EUR' },
        summary: 'Data transfer (cross-zone) costs far more than before',
        description:
          'Traffic paid as cross-zone costs 30.00 EUR a day at the rate of the last 1h, more than 2 times what it was in the 1d before.',
        page: 'cost',
      },
    ],
  },
  {
    alert: 'HeadwaterCostSpike',
    name: 'a few minutes are none',
    series: { [cost('cross-zone')]: '10x600 30x10 10x100' },
    at: 640,
    fires: [],
  },
  {
    alert: 'HeadwaterCostSpike',
    name: 'many times next to nothing',
    series: { [cost('cross-zone')]: '0.1x600 0.9x120' },
    at: 710,
    fires: [],
  },
  {
    alert: 'HeadwaterCostSpike',
    name: 'no time to compare with',
    series: { [cost('cross-zone')]: '10x20 90x30' },
    at: 50,
    fires: [],
  },
]
