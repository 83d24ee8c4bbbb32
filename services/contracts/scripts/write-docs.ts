import { writeFileSync } from 'node:fs'
import { dnsReference } from '../dist/docs/dns-reference.js'
import { flowsReference } from '../dist/docs/flows-reference.js'

writeFileSync(new URL('../../../docs/flows.md', import.meta.url), flowsReference())
writeFileSync(new URL('../../../docs/dns.md', import.meta.url), dnsReference())
