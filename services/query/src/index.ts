export type { PriceTable } from './cost/table/price-table.js'
export { readPriceTable } from './cost/table/read.js'
export type { Limits, QueryServerOptions } from './options.js'
export { createQueryServer, type QueryServer } from './server.js'
