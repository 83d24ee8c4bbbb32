import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Authority, authority } from './certificates.js'
import { startJvmKafka } from './jvm.js'
import { freePort } from './settings.js'
import type { TestKafka } from './types.js'

export const USER = { username: 'headwater', password: 'a secret of the test' }

/** A broker with a listener for each way in. */
export interface SecureKafka {
  kafka: TestKafka
  authority: Authority
  /** TLS; TLS with the client's certificate; TLS with user and password. */
  tls: string
  mutual: string
  sasl: string
}

const jaas = (module: string, options = '') =>
  `org.apache.kafka.common.security.${module} required${options === '' ? '' : ` ${options}`};`

/** On the JVM. @param folder for certificates and keys */
export async function startSecureKafka(folder: string): Promise<SecureKafka> {
  const ca = await authority(folder, 'authority')
  const server = await ca.sign('server')
  const keystore = join(folder, 'keystore.pem')
  await writeFile(keystore, `${server.key}${server.cert}`)
  const at = async () => `127.0.0.1:${await freePort()}`
  const [tls, mutual, sasl] = [await at(), await at(), await at()]
  const kafka = await startJvmKafka({
    listeners: { TLS: tls, MUTUAL: mutual, SASL: sasl },
    settings: {
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,MUTUAL:SSL,SASL:SASL_SSL',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keystore,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': ca.certFile,
      'listener.name.mutual.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.sasl.plain.sasl.jaas.config': jaas(
        'plain.PlainLoginModule',
        `user_${USER.username}="${USER.password}"`,
      ),
      'listener.name.sasl.scram-sha-256.sasl.jaas.config': jaas('scram.ScramLoginModule'),
      'listener.name.sasl.scram-sha-512.sasl.jaas.config': jaas('scram.ScramLoginModule'),
    },
    format: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${USER.username},password="${USER.password}"]`,
    ]),
  })
  return { kafka, authority: ca, tls, mutual, sasl }
}
