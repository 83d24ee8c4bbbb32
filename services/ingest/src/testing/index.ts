export { type FleetOptions, numbersFrom, SyntheticFleet, type Truth } from './fleet.js'
export { type BatchSpec, buildFlowBatch, type Cells, columnsOf, type FlowSpec } from './flow-builder.js'
