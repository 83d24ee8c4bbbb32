export { type DecodedBatch, DecodeError, type DecodeErrorCode, decodeFlowBatch } from './decode.js'
export { encodeFlowBatch, META_KEY, type Table } from './encode.js'
