import { examplePrices, type PriceTable, readPriceTable } from '@headwater/query/prices'
import type { Config } from '../config/keys.js'

/** The configured price table, else the examples. Reads files: before privileges are dropped. @throws UserError `config` */
export const pricesOf = ({ prices }: Config): PriceTable =>
  prices === undefined ? examplePrices() : readPriceTable(prices)
