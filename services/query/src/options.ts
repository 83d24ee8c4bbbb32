import type { DemoAnswer, Logger, StatusAnswer } from '@headwater/contracts'
import type { StoreClient } from '@headwater/store'
import type { PriceTable } from './cost/table/price-table.js'

/** The lab behind the demo. */
export interface Demo {
  state(): DemoAnswer
  /** @param id one of those in `state` */
  setFault(id: string, on: boolean): Promise<DemoAnswer>
}

export interface QueryServerOptions {
  /** Address to listen on; /metrics asks for the token unless it is a loopback address. */
  host: string
  /** 0: a free port, see `url`. */
  port: number
  /** What `Authorization: Bearer` must carry on /api/v1. */
  token: string
  /** Accepted Host headers, `name` or `name:port`; empty: what `host` implies. */
  allowedHosts: readonly string[]
  store: StoreClient
  status: () => Promise<StatusAnswer>
  /** Folder with index.html and assets. */
  consoleDir?: string
  /** What traffic costs; default: the list prices that come with the program, as examples. */
  prices?: PriceTable
  /** Further Prometheus text for /metrics. */
  metrics?: readonly (() => Promise<string>)[]
  /** Most series of each kind about the fleet in /metrics. Default 10,000. */
  maxSeries?: number
  /** Left out: /api/v1/demo is 404. */
  demo?: Demo
  version: string
  logger: Logger
  limits?: Partial<Limits>
}

export interface Limits {
  /** Requests to /api/v1 under way at once; more are answered 429. */
  concurrentRequests: number
  /** Time for one query in the store, ms. */
  queryTimeoutMs: number
  /** Memory for one query in the store, bytes; undefined: what the store allows this user. */
  queryMemoryBytes: number | undefined
  /** Longest URL, characters. */
  urlLength: number
}

export const defaultLimits: Limits = {
  concurrentRequests: 16,
  queryTimeoutMs: 20_000,
  queryMemoryBytes: undefined,
  urlLength: 16_384,
}

/** Injection tokens of what the server is made with. */
export const OPTIONS = Symbol('options')
export const CLOCK = Symbol('clock')
export const PRICES = Symbol('prices')

/** Unix ms. */
export type Clock = () => number
