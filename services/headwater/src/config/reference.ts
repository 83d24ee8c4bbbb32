import { flagOf, type KeyName, keyNames, keys } from './keys.js'
import type { Kind } from './kinds.js'
import { variablesOf } from './secret-file.js'

const cell = (text: string) => text.replaceAll('|', '\\|')

function standardOf(name: KeyName): string {
  const key = keys[name] as { standard?: unknown; standardText?: string; kind: unknown }
  if (key.standardText !== undefined) return key.standardText
  if (key.standard === undefined) return 'none'
  return `\`${String((key.kind as Kind<unknown>).print(key.standard))}\``
}

/** docs/configuration.md, out of the keys themselves. */
export function configurationReference(): string {
  const rows = keyNames.map((name) => {
    const key = keys[name] as (typeof keys)[KeyName] & { secret?: boolean; flagOf?: string[] }
    const flag = key.flagOf === undefined ? 'no flag' : `\`${flagOf(name)}\``
    const takes = `Takes ${key.kind.takes}.`
    const cells = [
      `\`${name}\``,
      variablesOf(name)
        .map((variable) => `\`${variable}\``)
        .join(' or '),
      flag,
      standardOf(name),
      `${key.meaning} ${takes}${key.secret ? ' Secret.' : ''}`,
    ]
    return `| ${cells.map(cell).join(' | ')} |`
  })
  return `# Configuration

<!-- Generated from services/headwater/src/config/keys.ts by \`npm run docs -w @headwater/headwater\`. -->

One YAML file (\`--config FILE\`, else \`HEADWATER_CONFIG\`), environment variables, and flags: a flag wins over a variable,
a variable over the file, the file over the default. Dots in a key are levels of the file:

\`\`\`yaml
cluster: production
kafka:
  brokers: [kafka-1:9092, kafka-2:9092]
store:
  raw-retention: 7d
\`\`\`

An unknown key or a bad value ends the command with exit code 2 and a message that names the key, the value and what is
allowed. \`headwater config\` prints what is in effect, secrets masked. Secrets have no flag, since a command line can be
read by every user of a machine.

A secret may be in a file of its own, as Docker and Kubernetes mount them: \`kafka.sasl.password-file: /run/secrets/kafka\` in the file,
or a variable that ends with \`_FILE\`. It holds one line of UTF-8, whose end is no part of the secret, and is read once, at
start. The file of a secret and the secret itself are one key: of two sources the usual one wins, in one source both are refused.

| key | variable | flag | default | meaning |
|---|---|---|---|---|
${rows.join('\n')}
`
}
