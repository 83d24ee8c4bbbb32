// Before all else in each Node of `npm run sanitize`: where the addon is asked for, the one with sanitizers is loaded, and says so by a file.
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { threadId } = require('node:worker_threads')

const { dlopen } = process
const { HEADWATER_SANITIZED: sanitized = '', HEADWATER_SANITIZED_FOLDER: folder = '' } = process.env

process.dlopen = (module, file, ...flags) => {
  if (!file.endsWith('/native/build/headwater.node')) return dlopen.call(process, module, file, ...flags)
  writeFileSync(join(folder, `loaded.${process.pid}.${threadId}`), '')
  return dlopen.call(process, module, sanitized, ...flags)
}
