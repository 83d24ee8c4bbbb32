export type { PriceEntry, PriceTable } from './price-table.js'
export { examplePrices, readPriceTable } from './read.js'
