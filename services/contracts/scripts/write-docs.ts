import { writeFileSync } from 'node:fs'
import { flowsReference } from '../dist/docs/flows-reference.js'

writeFileSync(new URL('../../../docs/flows.md', import.meta.url), flowsReference())
