// Writes deploy/prometheus/headwater.rules.yml; the package must be built.
import { writeFileSync } from 'node:fs'
import { rulesFile } from '../dist/alerts/files.js'

writeFileSync(new URL('../../../deploy/prometheus/headwater.rules.yml', import.meta.url), rulesFile())
