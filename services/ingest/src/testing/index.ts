export { buildDnsBatch, type QuestionSpec } from './dns-builder.js'
export { type FleetOptions, numbersFrom, SyntheticFleet, type Truth } from './fleet.js'
export { type BatchSpec, buildFlowBatch, type Cells, columnsOf, type FlowSpec } from './flow-builder.js'
