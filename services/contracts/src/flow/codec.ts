export { type DecodedBatch, DecodeError, type DecodeErrorCode, decodeFlowBatch } from './decode.js'
export { encodeFlowBatch, META_KEY } from './encode.js'
