import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
const COMPRESSIBLE = /^text\/|json|javascript|svg/

export interface ConsoleFile {
  type: string
  body: Buffer
  /** Where that is smaller. */
  gzip: Buffer | undefined
  cacheControl: string
}

const file = (path: string, body: Buffer): ConsoleFile => {
  const type = types[extname(path)] ?? 'application/octet-stream'
  const gzip = COMPRESSIBLE.test(type) ? gzipSync(body) : undefined
  // Vite names assets by their content: assets/index-BdK2x9aQ.js
  const hashed = /-[\w-]{8,}\.\w+$/.test(path)
  return {
    type,
    body,
    gzip: gzip !== undefined && gzip.length < body.length ? gzip : undefined,
    cacheControl: hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
}

const missing = (dir: string | undefined): ConsoleFile =>
  file(
    'index.html',
    Buffer.from(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Headwater</title></head>
<body><h1>The console is not built</h1>
<p>${dir === undefined ? 'This server was started without one.' : 'Its folder has no index.html.'}
Build it with <code>npm run build</code> in the checkout and start Headwater again.</p>
<p>The API works: <a href="/api/openapi.json">/api/openapi.json</a>.</p></body></html>
`),
  )

/**
 * The console's files by URL path, read into memory once: the process may lose the right to read them afterwards.
 * Without an index.html: a page that says how to build it, at /.
 */
export function loadConsole(dir: string | undefined): Map<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>()
  if (dir === undefined || !existsSync(join(dir, 'index.html'))) return files.set('/', missing(dir))
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const path = join(dir, name)
    if (!statSync(path).isFile()) continue
    files.set(`/${relative(dir, path).split(sep).map(encodeURIComponent).join('/')}`, file(path, readFileSync(path)))
  }
  const index = files.get('/index.html')
  if (index !== undefined) files.set('/', index)
  return files
}
