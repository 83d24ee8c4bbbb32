import { Histogram } from './histogram.js'

/** Sums of one edge. Directions: 0 client to server, 1 server to client. */
export class EdgeSums {
  readonly bytes: [number, number] = [0, 0]
  connections = 0
  readonly segments: [number, number] = [0, 0]
  readonly retransmits: [number, number] = [0, 0]
  readonly failures = new Map<string, number>()
  readonly rtt = new Histogram()
  readonly connect = new Histogram()
  /** False while only the end that is not counted was seen: it has no bytes and connections of its own. */
  counted = false
  last = 0
  extra = 0
  gone = false

  constructor(readonly labels: string) {}
}

/** Sums of one service. Directions: 0 sent, 1 received; roles: 0 client, 1 server. */
export class ServiceSums {
  readonly bytes: [number, number] = [0, 0]
  readonly connections: [number, number] = [0, 0]
  segments = 0
  retransmits = 0
  readonly failures: [Map<string, number>, Map<string, number>] = [new Map(), new Map()]
  last = 0
  extra = 0
  gone = false

  constructor(readonly labels: string) {}
}
