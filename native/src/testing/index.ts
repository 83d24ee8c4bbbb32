export {
  bpfStatistics,
  buildLoad,
  type KernelIds,
  kernelIds,
  Load,
  type LoadMode,
  type LoadOptions,
  type LoadRound,
} from './load.js'
export { TestNamespace, wire } from './namespace.js'
