import type { TestStore } from '@headwater/store/testing'

/** Environment of a role of a fleet: these brokers, this store as an outside one, a data folder of its own. */
export function fleetEnv(brokers: readonly string[], { store }: TestStore, dataDir: string): Record<string, string> {
  const { url, access } = store.connection
  return {
    HEADWATER_KAFKA_BROKERS: brokers.join(','),
    HEADWATER_CLICKHOUSE_URL: url,
    HEADWATER_CLICKHOUSE_USER: access.admin.user,
    HEADWATER_CLICKHOUSE_PASSWORD: access.admin.password,
    HEADWATER_DATA_DIR: dataDir,
  }
}
