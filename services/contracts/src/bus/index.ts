// What a bus needs to know of what it carries.
export * from './bus.js'
export * from './topics.js'
