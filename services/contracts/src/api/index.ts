export * from './answers.js'
export * from './labels.js'
export * from './requests.js'
export * from './time.js'
