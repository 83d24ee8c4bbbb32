// The command of an image: secrets that are files (Docker's and Kubernetes' secrets) become the variables that the configuration knows, then `headwater`
// runs in this very process, so that signals reach it.
import { readFileSync } from 'node:fs'

for (const [name, path] of Object.entries(process.env)) {
  const variable = /^(HEADWATER_(?:TOKEN|CLICKHOUSE_PASSWORD|KAFKA_SASL_PASSWORD))_FILE$/.exec(name)?.[1]
  if (variable === undefined || path === undefined || path === '') continue
  try {
    process.env[variable] = readFileSync(path, 'utf8').trim()
  } catch (error) {
    process.stderr.write(`${name}: ${path} cannot be read: ${error.message}\n`)
    process.exit(2)
  }
  delete process.env[name]
}
await import('../services/headwater/bin/headwater.js')
