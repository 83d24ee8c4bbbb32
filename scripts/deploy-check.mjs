// @ts-check
// npm run deploy-check: the images built and run on a Docker engine of the test's own, the chart linted, rendered and validated. As root.
import { runAsked } from './test/asked.mjs'

await runAsked('services/headwater/test/deploy', { HEADWATER_DEPLOY: '1' })
