import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Compiler } from 'webpack'

/** Prints what a plugin's scripts weigh gzipped, and fails the build where all together are over `limit` bytes. */
export class Budget {
  readonly name: string
  readonly limit: number

  constructor(name: string, limit: number) {
    this.name = name
    this.limit = limit
  }

  apply(compiler: Compiler): void {
    compiler.hooks.afterEmit.tap('Budget', (compilation) => {
      const scripts = Object.keys(compilation.assets).filter((file) => file.endsWith('.js'))
      let total = 0
      for (const file of scripts) total += gzipSync(readFileSync(join(compiler.outputPath, file))).length
      const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
      console.log(`${kB(total).padStart(10)} gzip of ${kB(this.limit)}  ${this.name}: ${scripts.join(', ')}`)
      if (total > this.limit)
        compilation.errors.push(
          new compiler.webpack.WebpackError(`${this.name} is ${total} bytes gzipped; ${this.limit} are allowed`),
        )
    })
  }
}
