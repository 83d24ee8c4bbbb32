import { hostname } from 'node:os'
import type { z } from 'zod'
import { defaultDataDir } from '../data/location.js'
import { parseAddress } from './address.js'
import * as kind from './kinds.js'

/** Commands that take a key as a flag. */
export type CommandName =
  | 'up'
  | 'agent'
  | 'ingest'
  | 'query'
  | 'migrate'
  | 'doctor'
  | 'flows'
  | 'accounts'
  | 'dead-letters'
  | 'simulate'
  | 'config'
  | 'demo'

interface KeyOptions<T> {
  /** What holds where nobody says otherwise. */
  standard?: T | (() => T)
  /** The default in words, where it depends on the machine. */
  standardText?: string
  meaning: string
  unit?: string
  /** Masked where it is shown, and no flag: other users of a machine can read a command line. */
  secret?: boolean
  flagOf?: CommandName[]
}

const key = <T, O extends KeyOptions<T>>(k: kind.Kind<T>, options: O & KeyOptions<T>) => ({ ...options, kind: k })

const everywhere: CommandName[] = [
  'up',
  'demo',
  'agent',
  'ingest',
  'query',
  'migrate',
  'doctor',
  'flows',
  'accounts',
  'dead-letters',
  'simulate',
  'config',
]
const observers: CommandName[] = ['up', 'agent', 'config']
const servers: CommandName[] = ['up', 'demo', 'query', 'flows', 'accounts', 'config']
const kafkaUsers: CommandName[] = ['up', 'agent', 'ingest', 'doctor', 'simulate', 'dead-letters', 'config']
const topicKeepers: CommandName[] = ['ingest', 'doctor', 'config']
const storeUsers: CommandName[] = ['up', 'ingest', 'query', 'migrate', 'doctor', 'dead-letters', 'config']
const file = (what: string) => kind.text(`a file: ${what}`)

/** Every key of the configuration, in the order of its reference. */
export const keys = {
  cluster: key(kind.name(), {
    standard: 'default',
    meaning: 'Cluster this node belongs to.',
    flagOf: observers,
  }),
  node: key(kind.name(), {
    standard: () => hostname(),
    standardText: 'host name',
    meaning: 'Name of this node, unique within its cluster.',
    flagOf: [...observers, 'ingest'],
  }),
  realm: key(kind.name(), {
    standardText: 'the cluster',
    meaning: 'Address space of this node: clusters that can reach each other by address share one.',
    flagOf: observers,
  }),
  zone: key(kind.name(), { meaning: 'Availability zone of this node.', flagOf: observers }),
  region: key(kind.name(), { meaning: 'Region of this node.', flagOf: observers }),
  listen: key(kind.address(), {
    standard: () => parseAddress('127.0.0.1:4400') as { host: string; port: number },
    standardText: '127.0.0.1:4400',
    meaning: 'Where console and API listen.',
    flagOf: servers,
  }),
  'data-dir': key(kind.text('a folder'), {
    standard: defaultDataDir,
    standardText: '/var/lib/headwater as root, else $XDG_DATA_HOME/headwater',
    meaning: 'Folder for the embedded store, the token and what runs.',
    flagOf: everywhere,
  }),
  token: key(kind.token(), {
    standardText: 'random, kept in data-dir',
    meaning: 'Asked of whoever uses the API.',
    secret: true,
  }),
  'allowed-hosts': key(kind.listOf(kind.host(), 'host names, with commas between'), {
    standardText: 'what listen implies',
    meaning: 'Host headers that are answered; others are refused, against DNS rebinding.',
    flagOf: ['up', 'demo', 'query', 'config'],
  }),
  'kafka.brokers': key(kind.listOf(kind.hostAndPort(), 'HOST:PORT, with commas between'), {
    standardText: 'none: the local bus',
    meaning: 'Kafka brokers to begin with; without them agent and ingest of one machine talk through a Unix socket.',
    flagOf: kafkaUsers,
  }),
  'kafka.tls.enabled': key(kind.flag(), {
    standardText: 'true where a kafka.tls file is given',
    meaning: 'TLS to the brokers.',
    flagOf: kafkaUsers,
  }),
  'kafka.tls.ca': key(file('PEM certificates'), {
    standardText: 'what Node trusts',
    meaning: 'Certificate authorities that sign the brokers’ certificates.',
    flagOf: kafkaUsers,
  }),
  'kafka.tls.cert': key(file('a PEM certificate'), {
    meaning: 'Certificate of this client, for mutual TLS.',
    flagOf: kafkaUsers,
  }),
  'kafka.tls.key': key(file('a PEM key'), { meaning: 'Key of that certificate.', flagOf: kafkaUsers }),
  'kafka.sasl.mechanism': key(kind.oneOf('plain', 'scram-sha-256', 'scram-sha-512'), {
    meaning: 'How to log in to the brokers.',
    flagOf: kafkaUsers,
  }),
  'kafka.sasl.username': key(kind.text('a user name', 253), { meaning: 'User at the brokers.', flagOf: kafkaUsers }),
  'kafka.sasl.password': key(kind.text('a password'), { meaning: 'Password of that user.', secret: true }),
  'kafka.create-topics': key(kind.flag(), {
    standard: true,
    meaning: 'Whether ingest makes topics that are missing; else it says how to.',
    flagOf: topicKeepers,
  }),
  'kafka.partitions': key(kind.count(1, 10_000), {
    standard: 12,
    meaning:
      'Partitions of each topic, as they are made and as they must be: no more replicas of ingest than that share the work. Another number than a topic has is refused, since it moves agents between partitions.',
    flagOf: topicKeepers,
  }),
  'kafka.replication-factor': key(kind.count(1, 100), {
    standardText: 'the brokers’ own default',
    meaning: 'Copies of each partition of topics that are made.',
    flagOf: topicKeepers,
  }),
  'kafka.max-bytes': key(kind.size('64MiB'), {
    standard: 256 * 2 ** 20,
    unit: 'By',
    meaning:
      'Memory for messages that ingest has fetched and not stored yet, unpacked. What a fetch brings, as it lies on the brokers, is a 96th of it, and what is stored with one insert an 8th at most: less means smaller inserts under load.',
    flagOf: ['ingest', 'config'],
  }),
  'kafka.concurrency': key(kind.count(1, 64), {
    standard: 2,
    meaning:
      'Partitions that one ingest handles at the same time: while the store takes rows of one, those of another are made ready. More takes more memory.',
    flagOf: ['ingest', 'config'],
  }),
  'clickhouse.url': key(kind.httpUrl(), {
    standardText: 'none: the embedded server',
    meaning: 'HTTP interface of a ClickHouse server (26.3 or later) to use instead of the embedded one.',
    flagOf: storeUsers,
  }),
  'clickhouse.user': key(kind.text('a user name', 253), {
    standard: 'default',
    meaning: 'User at that server.',
    flagOf: storeUsers,
  }),
  'clickhouse.password': key(kind.text('a password'), {
    standardText: 'empty',
    meaning: 'Password of that user.',
    secret: true,
  }),
  'store.max-bytes': key(kind.size('256MiB'), {
    standard: 10 * 2 ** 30,
    unit: 'By',
    meaning: 'Most disk the store takes; above it the oldest raw rows go first.',
    flagOf: ['up', 'demo', 'ingest', 'migrate', 'config'],
  }),
  'store.raw-retention': key(kind.days(1, 3650), {
    standard: 3 * 86_400_000,
    unit: 'duration',
    meaning: 'How long raw flows are kept. Rollups stay longer.',
    flagOf: ['up', 'demo', 'ingest', 'migrate', 'config'],
  }),
  'agent.dns-names': key(kind.oneOf('keep', 'hash', 'off'), {
    standard: 'keep' as const,
    meaning:
      'Names in questions to name servers: kept, replaced by a hash that is the same within a realm, or left out with the addresses of their answers.',
    flagOf: observers,
  }),
  'agent.profile': key(kind.oneOf('tcp', 'standard', 'full'), {
    standard: 'standard' as const,
    meaning:
      'What the agent observes: tcp is the life of each connection alone, without work per packet or call; standard adds UDP and DNS, at a price per packet (docs/overhead.md), and what happens when there is trouble; full adds which process of several serves a connection, at a price per call.',
    flagOf: observers,
  }),
  'agent.interval': key(kind.duration('1s', '5m'), {
    standard: 5_000,
    unit: 'duration',
    meaning: 'Time between two looks at the connections that stay open. Closed ones are reported at once.',
    flagOf: observers,
  }),
  'agent.flush': key(kind.duration('100ms', '1m'), {
    standard: 500,
    unit: 'duration',
    meaning:
      'Age at which what was observed goes to the bus. Each time costs the store an insert: with many agents a longer one saves it work.',
    flagOf: observers,
  }),
  'agent.cpu-budget': key(kind.coreShare(), {
    standard: 0.03,
    unit: 'share',
    meaning:
      'CPU that the agent may take. Above it, over half a minute, it looks less often at what lives on, then does without programs (UDP and DNS among them), and says so; when there is room it takes them back.',
    flagOf: observers,
  }),
  'agent.exclude-cidrs': key(
    kind.listOf(kind.cidr(), 'addresses and ranges such as 10.0.0.0/8 or fd00::/8, with commas between'),
    {
      standardText: 'none',
      meaning:
        'Traffic of which either end is in these ranges is left out: it makes no rows, and how many rows and bytes that were is counted.',
      flagOf: observers,
    },
  ),
  'agent.exclude-ports': key(
    kind.listOf(kind.ports(), 'ports from 1 to 65535 and ranges such as 8000-8100, with commas between'),
    { standardText: 'none', meaning: 'The same by the port of either end.', flagOf: observers },
  ),
  'agent.exclude-processes': key(
    kind.listOf(kind.processName(), 'names of 1 to 64 characters as flows have them in `process`, with commas between'),
    { standardText: 'none', meaning: 'The same by the process of this node.', flagOf: observers },
  ),
  'agent.netns': key(
    kind.listOf(kind.absolutePath(), 'absolute paths such as /run/netns/NAME or /proc/PID/ns/net, with commas between'),
    {
      standardText: 'all network namespaces',
      meaning:
        'Network namespaces that are this node: the agent observes these and no others, so that several agents on one machine can each be a node.',
      flagOf: [...observers, 'doctor'],
    },
  ),
  'agent.docker-socket': key(kind.socketPath(), {
    standard: '/var/run/docker.sock',
    meaning:
      'Socket of the Docker engine of this machine, which tells names, images and labels of containers. Only read.',
    flagOf: observers,
  }),
  prices: key(file('YAML, see docs/cost.md'), {
    standardText: 'list prices as examples',
    meaning: 'What traffic costs: the price table behind /api/v1/cost. Read once, at start.',
    flagOf: ['up', 'query', 'config'],
  }),
  cidrs: key(file('YAML, see docs/addresses.md'), {
    meaning: 'Names, classes and places of address ranges, and NAT gateways. Read once, at start.',
    flagOf: ['up', 'ingest', 'config'],
  }),
  'metrics-listen': key(kind.address(), {
    standardText: 'none',
    meaning: 'Where agent and ingest answer /metrics and /healthz. `up` and `query` answer them at listen.',
    flagOf: ['agent', 'ingest', 'config'],
  }),
  'metrics.max-series': key(kind.count(100, 10_000_000), {
    standard: 10_000,
    meaning:
      'Most series of edges and services in /metrics of each replica; what there is no room for is counted as `other`. An edge takes 37 or more.',
    flagOf: ['up', 'demo', 'ingest', 'query', 'config'],
  }),
  'log.level': key(kind.oneOf('debug', 'info', 'warn', 'error'), {
    standard: 'info' as const,
    meaning: 'Least severe line that is logged.',
    flagOf: everywhere,
  }),
  'log.format': key(kind.oneOf('text', 'json'), {
    standard: 'text' as const,
    meaning: 'How a log line looks on stderr.',
    flagOf: everywhere,
  }),
} as const

export type Keys = typeof keys
export type KeyName = keyof Keys
type Value<N extends KeyName> = z.output<Keys[N]['kind']['schema']>
type WithStandard = { [N in KeyName]: Keys[N] extends { standard: unknown } ? N : never }[KeyName]

/** The effective configuration: a value per key, absent where a key has no default and nobody gave one. */
export type Config = { [N in WithStandard]: Value<N> } & { [N in Exclude<KeyName, WithStandard>]?: Value<N> }

export const keyNames = Object.keys(keys) as KeyName[]
/** Of a secret, the key that names a file which holds it. */
export type FileName = `${KeyName}-file`
export const variableOf = (name: KeyName | FileName): string => `HEADWATER_${name.toUpperCase().replace(/[.-]/g, '_')}`
export const flagOf = (name: KeyName): string => `--${name.replaceAll('.', '-')}`
