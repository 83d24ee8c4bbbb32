// @ts-check
// npm start [-- flags of headwater up]: set-up of what is missing, then the product.
import { runProduct } from './product.mjs'

await runProduct('up')
