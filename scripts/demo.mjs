// @ts-check
// npm run demo [-- flags of headwater demo]: set-up of what is missing, then the product on the lab. As root.
import { runProduct } from './product.mjs'

await runProduct('demo', { lab: true })
