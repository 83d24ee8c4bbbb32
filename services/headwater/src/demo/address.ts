import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@headwater/contracts/runtime'

/** Where a running demo says where its API is: its port may be a free one that was chosen at its start. */
const fileIn = (dataDir: string): string => join(dataDir, 'demo.json')

export function writeAddress(dataDir: string, url: string): void {
  rmSync(fileIn(dataDir), { force: true })
  writeFileSync(fileIn(dataDir), `${JSON.stringify({ url })}\n`, { flag: 'wx', mode: 0o644 })
}

export const removeAddress = (dataDir: string): void => rmSync(fileIn(dataDir), { force: true })

/** @throws UserError `no-demo` where none has said so */
export function readAddress(dataDir: string): string {
  try {
    const { url } = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as { url?: unknown }
    if (typeof url === 'string') return url
  } catch {}
  throw new UserError(
    'no-demo',
    `No demo runs on the data folder ${dataDir}.`,
    'Start it with `headwater demo`, or name its folder with --data-dir.',
  )
}
