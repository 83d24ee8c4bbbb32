export { parseCidrs, readCidrs } from './read.js'
export { type AddressFacts, CidrTable } from './table.js'
