// @ts-check
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import protobuf from 'protobufjs'

export const backend = dirname(dirname(fileURLToPath(import.meta.url)))

/** Proto files as protobufjs's JSON: nothing is parsed at the start. @type {import('esbuild').Plugin} */
const proto = {
  name: 'proto',
  setup(setup) {
    setup.onLoad({ filter: /\.proto$/ }, ({ path }) => {
      const { root } = protobuf.parse(readFileSync(path, 'utf8'), { keepCase: true })
      return { contents: JSON.stringify(root.toJSON()), loader: 'json' }
    })
  },
}

/**
 * Packages that the bundled ones ask for but that nothing here comes to: gRPC's channelz and xDS parse proto files of
 * their own. @type {import('esbuild').Plugin}
 */
const unused = {
  name: 'unused',
  setup(setup) {
    setup.onResolve({ filter: /^@grpc\/proto-loader$/ }, () => ({ path: 'proto-loader', namespace: 'unused' }))
    setup.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** zod brings its messages in 50 languages; the API and this one speak English. @type {import('esbuild').Plugin} */
const english = {
  name: 'english',
  setup(setup) {
    const contents = "export { default as en } from './en.js'"
    setup.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({ contents, resolveDir: dirname(path) }))
  },
}

export const { version } = JSON.parse(readFileSync(join(backend, 'package.json'), 'utf8'))

/** The whole backend in one file of CommonJS. @param {string} outfile */
export async function bundle(outfile) {
  const { metafile } = await build({
    entryPoints: [join(backend, 'src', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    metafile: true,
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [proto, unused, english],
    logLevel: 'warning',
  })
  return metafile
}
