import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeSecretFile } from './connection.js'
import { prepareDataFolder } from './data-folder.js'

/** As root these files are written into folders of the unprivileged user, who may have put links there. */
describe('links planted in a folder of the unprivileged user', () => {
  let folder: string
  let victim: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headwater-links-'))
    victim = join(folder, 'victim')
    await writeFile(victim, 'untouched', { mode: 0o644 })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('are not written through by a secret file', async () => {
    const file = join(folder, 'users.xml')
    await symlink(victim, `${file}.${process.pid}.tmp`)
    await symlink(victim, file)
    await writeSecretFile(file, 'secret')
    expect(await readFile(victim, 'utf8')).toBe('untouched')
    expect((await stat(victim)).mode & 0o777).toBe(0o644)
    expect(await readFile(file, 'utf8')).toBe('secret')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('are not truncated by the look whether the folder is writable', async () => {
    await mkdir(join(folder, 'run'))
    await symlink(victim, join(folder, 'run', `.writable.${process.pid}`))
    await prepareDataFolder(folder)
    expect(await readFile(victim, 'utf8')).toBe('untouched')
  })
})
