/** What a server answers, and where. */
export interface ServeSpec {
  protocol: 'http' | 'cache'
  port: number
  /** Body of an answer, in bytes. */
  answerBytes: number
}

/** What a service asks of another one, in each of its rounds. */
export interface CallSpec {
  /** The service that is called; names the call. */
  server: string
  /** Asked of the lab's DNS server. */
  host: string
  port: number
  /** `http`: a connection per request. `cache`: connections that stay open, in a pool. */
  protocol: 'http' | 'cache'
  /** Requests per round; a fraction adds up over rounds. */
  each: number
  requestBytes: number
  on: boolean
  /** Of a pool: it makes a connection for each request, and never gives it back. */
  leaks?: boolean
}

/** What may become otherwise of a call. */
export type CallChange = Partial<Pick<CallSpec, 'on' | 'host' | 'leaks'>>

/** Rounds that a service begins by itself; others begin with a request that it serves. */
export interface LoadSpec {
  /** Time between two beginnings, in ms. */
  everyMs: number
  /** Rounds at each beginning, one after the other. */
  rounds: number
}

/** One process of the lab. It comes as JSON over the IPC channel. */
export interface ServiceSpec {
  /** Unique in the lab, such as catalogue-1. */
  instance: string
  nameserver: string
  serve: ServeSpec | null
  calls: CallSpec[]
  load: LoadSpec | null
}

/** How a server treats who comes. */
export type Manner =
  | 'serving'
  /** Its listener is closed. */
  | 'refusing'
  /** A request is answered with RST. */
  | 'resetting'
  /** Room for two in the accept queue, and a process that is asleep most of the time. */
  | 'sleeping'
