import { createHash, randomBytes } from 'node:crypto'

/** Name and password of one user of the store. */
export interface Credentials {
  user: string
  password: string
}

/**
 * The roles at the store, each with grants of its own:
 * `admin` migrates and drops partitions, `ingest` inserts and reads back, `query` reads.
 */
export type Role = 'admin' | 'ingest' | 'query'
export type Access = Record<Role, Credentials>

export const DATABASE = 'headwater'

/** New users' passwords, 192 random bits each. */
export function randomAccess(): Access {
  const credentials = (role: Role): Credentials => ({
    user: `headwater_${role}`,
    password: randomBytes(24).toString('base64url'),
  })
  return { admin: credentials('admin'), ingest: credentials('ingest'), query: credentials('query') }
}

/** The value of an HTTP Authorization header. */
export const basicToken = ({ user, password }: Credentials): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

const grants: Record<Role, string[]> = {
  admin: [
    `GRANT SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP DATABASE, DROP TABLE, DROP VIEW, TRUNCATE, OPTIMIZE, SHOW ON ${DATABASE}.*`,
    `GRANT SYSTEM FLUSH ASYNC INSERT QUEUE, SYSTEM MERGES, SYSTEM TTL MERGES ON *.*`,
    'GRANT SELECT ON system.*',
  ],
  ingest: [`GRANT SELECT, INSERT, SHOW ON ${DATABASE}.*`],
  query: [
    `GRANT SELECT, SHOW ON ${DATABASE}.*`,
    ...['parts', 'tables', 'columns', 'databases', 'merges', 'metrics'].map(
      (table) => `GRANT SELECT ON system.${table}`,
    ),
  ],
}

/**
 * Rewrites of a query that find nothing in ours. Each looks at all of a query, and planning a wide one took a third longer with them
 * than without: for small ranges planning is most of what a query costs.
 */
const rewrites = [
  'aggregators_of_group_by_keys',
  'and_compare_chain',
  'arithmetic_operations_in_aggregate_functions',
  'dictget_tuple_element',
  'distributed_group_by_sharding_key',
  'empty_string_comparisons',
  'extract_common_expressions',
  'functions_to_subcolumns',
  'group_by_function_keys',
  'injective_functions_in_group_by',
  'injective_functions_in_limit_by',
  'injective_functions_inside_uniq',
  'inverse_dictionary_lookup',
  'limit_by_function_keys',
  'multiif_to_if',
  'normalize_count_variants',
  'or_like_chain',
  'redundant_comparisons',
  'redundant_functions_in_order_by',
  'rewrite_aggregate_function_with_if',
  'rewrite_array_exists_to_has',
  'rewrite_has_to_in',
  'rewrite_like_perfect_affix',
  'rewrite_regexp_functions',
  'rewrite_sum_if_to_count_if',
  'syntax_fuse_functions',
  'time_filter_with_preimage',
  'truncate_order_by_after_group_by_keys',
  'uniq_to_count',
]
const withoutRewrites = rewrites.map((name) => `<optimize_${name}>0</optimize_${name}>`).join('')

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const userXml = (role: Role, { user, password }: Credentials): string => `
    <${user}>
      <password_sha256_hex>${sha256(password)}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>${role}</profile>
      <quota>default</quota>
      <access_management>0</access_management>
      <named_collection_control>0</named_collection_control>
      <grants>${grants[role].map((grant) => `<query>${grant}</query>`).join('')}</grants>
    </${user}>`

/**
 * users.xml. `default` is whom the server's own start runs as; it cannot have a password. It may listen and insert into
 * nothing, its quota is used up by that, and nobody without a password reaches it over HTTP: see {@link httpRuleXml}.
 */
export const usersXml = (access: Access, maxQueryMemory: number): string => `<clickhouse>
  <profiles>
    <default/>
    <admin><max_memory_usage>${maxQueryMemory}</max_memory_usage></admin>
    <ingest>
      <max_memory_usage>${maxQueryMemory}</max_memory_usage>
      <allow_ddl>0</allow_ddl>
    </ingest>
    <query>
      ${withoutRewrites}
      <readonly>2</readonly>
      <allow_ddl>0</allow_ddl>
      <max_memory_usage>${maxQueryMemory}</max_memory_usage>
      <max_execution_time>60</max_execution_time>
      <constraints>
        <max_memory_usage><min>1</min><max>${maxQueryMemory}</max></max_memory_usage>
        <max_execution_time><min>0.001</min><max>300</max></max_execution_time>
        <allow_ddl><const/></allow_ddl>
      </constraints>
    </query>
  </profiles>
  <quotas>
    <default/>
    <starter><interval><duration>2147483647</duration><queries>2</queries></interval></starter>
  </quotas>
  <users>
    <default>
      <no_password/>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>starter</quota>
      <access_management>0</access_management>
      <named_collection_control>0</named_collection_control>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT CREATE TEMPORARY TABLE ON *.*</query></grants>
    </default>${(Object.keys(access) as Role[]).map((role) => userXml(role, access[role])).join('')}
  </users>
</clickhouse>
`

/**
 * The one rule by which the server answers over HTTP: a request carries one of our users' Authorization headers. Whoever
 * else comes gets 404 before any authentication. A parameter `user` wins over the header in ClickHouse, so one of our
 * users can also act as `default`, who may do less than any of them.
 */
export function httpRuleXml(access: Access): string {
  const tokens = Object.values(access).map((credentials) => basicToken(credentials).slice('Basic '.length))
  const pattern = tokens.map((token) => token.replaceAll('+', '\\+')).join('|')
  return `<http_handlers>
    <rule>
      <methods>GET,POST</methods>
      <headers><Authorization>regex:^Basic (?:${pattern})$</Authorization></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>
  </http_handlers>`
}
