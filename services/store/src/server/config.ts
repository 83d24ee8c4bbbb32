import { totalmem } from 'node:os'
import type { Access } from './access.js'
import { httpRuleXml } from './access.js'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** What a generated server configuration depends on. `port` 0: the kernel chooses. `identity`: answered to getMacro. */
export interface ServerConfig {
  dataPath: string
  usersPath: string
  port: number
  identity: string
  access: Access
  /** Bytes the server may use in all. */
  maxMemory: number
}

/** A quarter of the machine's memory, between 1 and 4 GiB: the node under observation comes first. */
export const defaultMaxMemory = (total: number = totalmem()): number => Math.min(Math.max(total / 4, GIB), 4 * GIB)

/**
 * Left free on the disk: below it the server refuses inserts and merges before it begins them. On a disk that is full to the last byte ClickHouse
 * 26.7 was seen to put a merged part in place whose marks had not been written.
 */
export const KEEP_FREE_BYTES = 256 * MIB

export const IDENTITY_MACRO = 'headwater_identity'

/**
 * config.xml: loopback HTTP only, caches and pools of a size for one machine, nothing that wakes up idle CPUs. Statistics of columns
 * cost a quarter of each merge of small parts, and none of our queries is planned by them.
 */
export const serverXml = (config: ServerConfig): string => `<clickhouse>
  <path>${config.dataPath}</path>
  <users_config>${config.usersPath}</users_config>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${config.port}</http_port>
  <keep_alive_timeout>30</keep_alive_timeout>
  <timezone>UTC</timezone>
  <macros><${IDENTITY_MACRO}>${config.identity}</${IDENTITY_MACRO}></macros>
  ${httpRuleXml(config.access)}
  <access_control_improvements>
    <users_without_row_policies_can_read_rows>true</users_without_row_policies_can_read_rows>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
    <table_engines_require_grant>false</table_engines_require_grant>
  </access_control_improvements>
  <max_server_memory_usage>${Math.floor(config.maxMemory)}</max_server_memory_usage>
  <max_concurrent_queries>64</max_concurrent_queries>
  <max_connections>256</max_connections>
  <mark_cache_size>${64 * MIB}</mark_cache_size>
  <index_mark_cache_size>${16 * MIB}</index_mark_cache_size>
  <primary_index_cache_size>${64 * MIB}</primary_index_cache_size>
  <compiled_expression_cache_size>${16 * MIB}</compiled_expression_cache_size>
  <query_condition_cache_size>${8 * MIB}</query_condition_cache_size>
  <max_thread_pool_free_size>4</max_thread_pool_free_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>2</background_schedule_pool_size>
  <disable_internal_dns_cache>1</disable_internal_dns_cache>
  <memory_worker_period_ms>1000</memory_worker_period_ms>
  <storage_configuration>
    <disks>
      <default>
        <keep_free_space_bytes>${KEEP_FREE_BYTES}</keep_free_space_bytes>
      </default>
    </disks>
  </storage_configuration>
  <merge_tree>
    <auto_statistics_types></auto_statistics_types>
  </merge_tree>
</clickhouse>
`
