import { describe, expect, it } from 'vitest'
import { findLibrary } from './library.js'

describe('findLibrary', () => {
  it('says what to do on a platform without an embedded ClickHouse', async () => {
    await expect(findLibrary(undefined, 'darwin/arm64')).rejects.toMatchObject({
      code: 'store-platform',
      message: expect.stringContaining('darwin/arm64'),
      fix: expect.stringContaining('HEADWATER_CLICKHOUSE_URL'),
    })
  })

  it('names the launcher where it is not built', async () => {
    await expect(findLibrary('/nonexistent/headwater-store')).rejects.toMatchObject({
      code: expect.stringMatching(/^store-(launcher|library)-missing$/),
      fix: expect.stringContaining('HEADWATER_CLICKHOUSE_URL'),
    })
  })
})
