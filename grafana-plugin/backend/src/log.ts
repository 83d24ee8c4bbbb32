type Level = 'debug' | 'info' | 'warn' | 'error'

/** A line on stderr in the form that go-plugin reads (hclog's JSON) and Grafana puts into its own log. */
export function log(level: Level, message: string, fields: Record<string, unknown> = {}): void {
  const line = { '@level': level, '@message': message, '@timestamp': new Date().toISOString(), ...fields }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}
