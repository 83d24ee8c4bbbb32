import { stringify } from 'yaml'
import { alertRules } from './rules.js'
import { type AlertSettings, standardSettings } from './settings.js'

const GENERATED = '# Generated from services/headwater/src/alerts by `npm run docs -w @headwater/headwater`.\n'

/** A rule file of Prometheus. */
export function rulesFile(settings: AlertSettings = standardSettings): string {
  const groups = [{ name: 'headwater', interval: settings.interval, rules: alertRules(settings) }]
  return GENERATED + stringify({ groups }, { lineWidth: 0 })
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')

/** The table in docs/alerts.md. */
export function alertsTable(): string {
  const rows = alertRules().map(({ alert, for: wait = 'at once', labels, annotations }) => {
    const text = annotations.description
      .replaceAll(/\{\{ (?:or )?\$labels\.(\w+)[^}]*\}\}/g, '*$1*')
      .replaceAll(/\{\{ \$value[^}]*\}\}/g, '*value*')
    return `| \`${alert}\` | ${labels.severity} | ${wait} | ${cell(text)} |`
  })
  return ['| alert | severity | after | what it says |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
