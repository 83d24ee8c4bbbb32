// npm run as-code: writes the dashboards of src/dashboards and the alert rules of deploy/grafana. A test compares them.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dashboardFolder, files } from './files.ts'

const wanted = files()
for (const [path, text] of wanted) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
for (const name of readdirSync(dashboardFolder))
  if (!wanted.has(join(dashboardFolder, name))) rmSync(join(dashboardFolder, name))
