import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { authority, type SecureKafka, startSecureKafka, USER } from '@headwater/bus/testing'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetEnv } from './support/fleet-env.js'
import { eventually, run, skip, temporaryFolder } from './support/headwater.js'
import { hasJava } from './support/java.js'
import { type Replica, startReplica } from './support/replica.js'

const reason = hasJava() ? undefined : 'Kafka needs Java 17 and Maven'

/** The configuration's keys, on the way of an agent's rows: from the bus that asks for a password to the store. */
describe.skipIf(skip('a guarded Kafka', reason))('with a Kafka that asks who is there', () => {
  const folder = temporaryFolder()
  let secure: SecureKafka
  let store: TestStore
  let replica: Replica
  let env: Record<string, string>

  const secret = (name: string, content: string): string => {
    const path = join(folder.path, `${name}.secret`)
    writeFileSync(path, `${content}\n`, { mode: 0o600 })
    return path
  }

  beforeAll(async () => {
    ;[secure, store] = await Promise.all([startSecureKafka(join(folder.path, 'certificates')), startTestStore()])
    // Secrets as they are mounted: in files.
    const { HEADWATER_CLICKHOUSE_PASSWORD = '', ...fleet } = fleetEnv([secure.sasl], store, join(folder.path, 'data'))
    env = {
      ...fleet,
      HEADWATER_CLICKHOUSE_PASSWORD_FILE: secret('clickhouse', HEADWATER_CLICKHOUSE_PASSWORD),
      HEADWATER_KAFKA_TLS_CA: secure.authority.certFile,
      HEADWATER_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      HEADWATER_KAFKA_SASL_USERNAME: USER.username,
      HEADWATER_KAFKA_SASL_PASSWORD_FILE: secret('kafka', USER.password),
    }
    replica = await startReplica('guarded', env)
  })
  afterAll(async () => {
    await replica?.stop()
    await store?.stop()
    await secure?.kafka.stop()
    folder.remove()
  })

  it('rows go through', { timeout: 60_000 }, async () => {
    const { code, stdout } = await run(['simulate', '--nodes', '2', '--flows-per-second', '500', '--duration', '2s'], {
      env,
    })
    expect(code).toBe(0)
    const { rows } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { rows: number }
    expect(rows).toBeGreaterThan(0)
    await eventually('all rows', async () => ((await replica.rows()) === rows ? true : undefined))
    expect(await run(['dead-letters', 'list', '-o', 'json'], { env })).toMatchObject({ code: 0, stdout: '[]\n' })
  })

  const kafkaOfDoctor = async (more: Record<string, string>) => {
    const { stdout } = await run(['doctor', '--json'], { env: { ...env, ...more } })
    const { checks } = JSON.parse(stdout) as { checks: { name: string }[] }
    return JSON.stringify(checks.filter(({ name }) => name === 'kafka'))
  }

  it('`doctor` says so, and what is wrong where something is', { timeout: 120_000 }, async () => {
    expect(await kafkaOfDoctor({})).toContain('topics are there')
    expect(await kafkaOfDoctor({ HEADWATER_KAFKA_SASL_PASSWORD_FILE: secret('wrong', 'wrong') })).toContain(
      'kafka.sasl',
    )
    const { certFile } = await authority(join(folder.path, 'others'), 'stranger')
    expect(await kafkaOfDoctor({ HEADWATER_KAFKA_TLS_CA: certFile })).toContain('kafka.tls')
  })

  it('a file that is not there, and half of what is needed, are wrong usage', async () => {
    const missing = await run(['ingest'], { env: { ...env, HEADWATER_KAFKA_TLS_CA: '/nonexistent.pem' } })
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('kafka.tls.ca')
    const nowhere = await run(['ingest'], { env: { ...env, HEADWATER_KAFKA_SASL_PASSWORD_FILE: '/nonexistent' } })
    expect(nowhere.code).toBe(2)
    expect(nowhere.stderr).toContain('HEADWATER_KAFKA_SASL_PASSWORD_FILE is "/nonexistent", which does not exist')
    const { HEADWATER_KAFKA_SASL_PASSWORD_FILE: _, ...half } = env
    const halved = await run(['ingest'], { env: half })
    expect(halved.code).toBe(2)
    expect(halved.stderr).toContain('kafka.sasl needs all three')
  })
})
