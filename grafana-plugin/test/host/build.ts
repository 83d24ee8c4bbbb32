import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

export const grafanas = { 12: join(import.meta.dirname, '..', '..'), 13: join(import.meta.dirname, '13') } as const
export type Grafana = keyof typeof grafanas

/** Why the page of a Grafana cannot be built here; undefined where it can. */
export function missingPackages(grafana: Grafana): string | undefined {
  return existsSync(join(grafanas[grafana], 'node_modules', '.package-lock.json'))
    ? undefined
    : `Grafana ${grafana}'s packages are not installed (npm run setup -- --tests)`
}

/**
 * Default imports of CommonJS packages as Grafana's own build takes them. Its packages are .mjs files, for which bundlers follow Node: the
 * whole of module.exports instead of its `default`.
 */
const asGrafanaImports = (code: string): string =>
  code.replace(
    /^import (\w+)(, \{[^}]*\})? from '([@a-z][^']*)';/gm,
    (_, name, named, from) =>
      `import ${name}_0${named ?? ''} from '${from}'; const ${name} = ${name}_0?.default ?? ${name}_0;`,
  )

/** Bundles the host page with the packages of one Grafana. @returns where it is */
export async function buildPage(grafana: Grafana): Promise<string> {
  const outDir = join(import.meta.dirname, 'dist', String(grafana))
  const page = join(import.meta.dirname, 'page')
  const packages = join(grafanas[grafana], 'package.json')
  await build({
    configFile: false,
    mode: 'production',
    oxc: { jsx: { runtime: 'automatic', development: false } },
    logLevel: 'error',
    root: page,
    base: '/host/',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    plugins: [
      {
        name: 'packages-of-this-grafana',
        enforce: 'pre',
        async resolveId(source, importer) {
          if (importer?.startsWith(page) && /^[@a-z]/.test(source)) return this.resolve(source, packages)
          return null
        },
        transform(code, id) {
          return /@grafana.*\.mjs$/.test(id) ? asGrafanaImports(code) : null
        },
      },
    ],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      minify: false,
      modulePreload: false,
      chunkSizeWarningLimit: 100_000,
      rolldownOptions: {
        input: join(page, 'main.tsx'),
        output: { entryFileNames: 'main.js', assetFileNames: '[name][extname]' },
      },
    },
  })
  return outDir
}
