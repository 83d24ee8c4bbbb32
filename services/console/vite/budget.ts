import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** Prints what each built file weighs gzipped, and fails the build where all together are over `limit` bytes. */
export function budget(limit: number): Plugin {
  return {
    name: 'headwater-budget',
    apply: 'build',
    writeBundle(_options, bundle) {
      let total = 0
      for (const file of Object.values(bundle)) {
        const size = gzipSync(file.type === 'chunk' ? file.code : file.source).length
        total += size
        console.log(`${(size / 1000).toFixed(1).padStart(7)} kB gzip  ${file.fileName}`)
      }
      console.log(`${(total / 1000).toFixed(1).padStart(7)} kB gzip in all, of ${limit / 1000} kB allowed`)
      if (total > limit) this.error(`the bundle is ${total} bytes gzipped; ${limit} are allowed`)
    },
  }
}
