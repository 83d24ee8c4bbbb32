export interface Entry {
  name: string
  /** Of Unix: file type and permissions. */
  mode: number
  size: number
}

/**
 * Entries of a ZIP file's central directory (APPNOTE 4.3.12):
 *   signature 4 | versions 4 | flags 2 | method 2 | time 4 | crc 4 | compressed 4 | size 4
 *   | name length 2 | extra length 2 | comment length 2 | disk 2 | internal 2 | external 4 (mode in its upper half) | offset 4 | name
 */
export function entriesOf(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'))
  const entries: Entry[] = []
  let at = zip.readUInt32LE(end + 16)
  for (let i = zip.readUInt16LE(end + 10); i > 0; i--) {
    const [name, extra, comment] = [28, 30, 32].map((o) => zip.readUInt16LE(at + o)) as [number, number, number]
    entries.push({
      name: zip.toString('utf8', at + 46, at + 46 + name),
      mode: zip.readUInt32LE(at + 38) >>> 16,
      size: zip.readUInt32LE(at + 24),
    })
    at += 46 + name + extra + comment
  }
  return entries
}
