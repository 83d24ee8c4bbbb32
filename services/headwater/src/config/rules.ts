import type { Config } from './keys.js'

/** What is wrong with values that are right each on its own. */
export function checkTogether(config: Config): string[] {
  const problems: string[] = []
  const need = (has: boolean, wants: boolean, text: string) => {
    if (has && !wants) problems.push(text)
  }
  const { 'kafka.sasl.mechanism': mechanism, 'kafka.sasl.username': user, 'kafka.sasl.password': password } = config
  const login = mechanism !== undefined || user !== undefined || password !== undefined
  const whole = mechanism !== undefined && user !== undefined && password !== undefined
  need(login, whole, 'kafka.sasl needs all three: mechanism, username and password')
  const files = [config['kafka.tls.ca'], config['kafka.tls.cert'], config['kafka.tls.key']].some((f) => f !== undefined)
  need(
    files,
    config['kafka.tls.enabled'] !== false,
    'kafka.tls.enabled is false, and a kafka.tls file is given: leave out one of the two',
  )
  const pair = (config['kafka.tls.cert'] === undefined) === (config['kafka.tls.key'] === undefined)
  need(true, pair, 'kafka.tls.cert and kafka.tls.key are given together or not at all')
  const brokers = config['kafka.brokers'] !== undefined
  need(login || files || config['kafka.tls.enabled'] === true, brokers, 'kafka.tls and kafka.sasl need kafka.brokers')
  need(
    config['clickhouse.password'] !== undefined,
    config['clickhouse.url'] !== undefined,
    'clickhouse.password needs clickhouse.url',
  )
  return problems
}
