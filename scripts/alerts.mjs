// @ts-check
// npm run alerts [-- FAULT,FAULT]: every fault of the lab under a real Prometheus and Alertmanager, and when its alerts came and went. As root, about 20 minutes.
import { runAsked } from './test/asked.mjs'

await runAsked('services/headwater/test/lab/alerts.it.test.ts', { HEADWATER_ALERTS: process.argv[2] ?? 'all' })
