import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '@headwater/contracts/runtime'
import { createLab, type EndTruth, type Lab, type LabOptions, type PairTruth } from '../../src/index.js'

/** What is missing for a lab; undefined where nothing is. */
export const noLab: string | undefined =
  process.platform !== 'linux' ? 'the lab needs Linux' : process.getuid?.() !== 0 ? 'the lab needs root' : undefined

/** Says why tests are skipped. @returns whether they are */
export function skip(name: string, reason: string | undefined): boolean {
  if (reason !== undefined) console.warn(`SKIP ${name}: ${reason}`)
  return reason !== undefined
}

/** Says what is wrong, and nothing else. */
export const quietLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
  child: () => quietLogger,
}

/** A lab with a lock of its own, so that one that runs on this machine is not in the way. */
export function testLab(options: Partial<LabOptions> = {}): {
  lab: Lab
  lockPath: string
  remove: () => Promise<void>
} {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-lab-'))
  const lockPath = join(folder, 'lock')
  const lab = createLab({ logger: quietLogger, lockPath, ...options })
  const remove = async () => {
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { lab, lockPath, remove }
}

export const NOTHING: EndTruth = {
  ...{ connections: 0, failures: {}, broken: {}, open: 0 },
  ...{ client_to_server_bytes: 0, server_to_client_bytes: 0 },
}

/** What the client's end counted of one pair. */
export const clientOf = (truth: readonly PairTruth[], client: string, server: string): EndTruth =>
  truth.find((p) => p.client === client && p.server === server)?.by_client ?? NOTHING

export const total = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0)
