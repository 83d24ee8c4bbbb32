import { type PriceTable, readPriceTable } from '@headwater/query/prices'
import type { Config } from '../config/keys.js'

/** The configured price table, as an option of the query server. @throws UserError `config` */
export const pricesOf = ({ prices }: Config): { prices?: PriceTable } =>
  prices === undefined ? {} : { prices: readPriceTable(prices) }
