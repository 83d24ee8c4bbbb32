export { TestNamespace, wire } from './namespace.js'
