export type { PriceEntry, PriceTable } from './price-table.js'
export { readPriceTable } from './read.js'
