export { cpuSeconds, memoryKib, parentOf } from './process.js'
