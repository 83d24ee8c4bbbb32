export { createLab } from './lab.js'
export type { Lab, LabNode, LabOptions } from './options.js'
export { endSince } from './truth/since.js'
export type { EndTruth, PairTruth, TruthBy } from './truth/truth.js'
