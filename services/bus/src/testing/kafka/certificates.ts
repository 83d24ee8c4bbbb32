import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DAYS = '2'

/** PEM texts and the files that they are in. */
export interface Certificate {
  cert: string
  key: string
  certFile: string
  keyFile: string
}

/** An authority of a test's own. */
export interface Authority extends Certificate {
  /** For a server on loopback, or a client. */
  sign(name: string): Promise<Certificate>
}

const read = async (certFile: string, keyFile: string): Promise<Certificate> => {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
  return { cert, key, certFile, keyFile }
}

/** Made by openssl in a folder of the test's. */
export async function authority(folder: string, name: string): Promise<Authority> {
  await mkdir(folder, { recursive: true })
  const file = (suffix: string) => join(folder, suffix)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const [ca, caKey] = [file(`${name}.pem`), file(`${name}.key`)]
  await run('openssl', ['req', '-x509', ...newKey, '-days', DAYS, '-subj', `/CN=${name}`, '-keyout', caKey, '-out', ca])
  return {
    ...(await read(ca, caKey)),
    sign: async (whose) => {
      const [request, key, cert, extensions] = ['csr', 'key', 'pem', 'ext'].map((s) =>
        file(`${name}-${whose}.${s}`),
      ) as [string, string, string, string]
      await writeFile(extensions, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
      await run('openssl', ['req', ...newKey, '-subj', `/CN=${whose}`, '-keyout', key, '-out', request])
      const by = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-extfile', extensions]
      await run('openssl', ['x509', '-req', '-in', request, ...by, '-days', DAYS, '-out', cert])
      return read(cert, key)
    },
  }
}
