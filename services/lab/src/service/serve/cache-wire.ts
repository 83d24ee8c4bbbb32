// The cache's protocol, after Redis's RESP2.
//   command = *N CRLF, N times bulk        reply = bulk | simple
//   bulk    = $LENGTH CRLF bytes CRLF      simple = +text CRLF

const CRLF = '\r\n'

export const encodeCommand = (...words: string[]): string =>
  `*${words.length}${CRLF}${words.map((w) => `$${Buffer.byteLength(w)}${CRLF}${w}${CRLF}`).join('')}`

/** End of the line that begins at `from`; -1 where it is not there yet. */
const lineEnd = (buffer: Buffer, from: number): number => buffer.indexOf(CRLF, from, 'latin1')

/** Bytes of the first whole reply in the buffer; 0 where there is none yet. */
export function readReply(buffer: Buffer): number {
  const end = lineEnd(buffer, 0)
  if (end < 0) return 0
  if (buffer[0] !== 0x24) return end + 2
  const length = end + 2 + Number(buffer.toString('latin1', 1, end)) + 2
  return buffer.length >= length ? length : 0
}

/** The first whole command in the buffer with its bytes; undefined where there is none yet. @throws on what is no command */
export function readCommand(buffer: Buffer): { words: string[]; length: number } | undefined {
  let at = 0
  const number = (sign: string): number | undefined => {
    const end = lineEnd(buffer, at)
    if (end < 0) return undefined
    const line = buffer.toString('latin1', at, end)
    if (!line.startsWith(sign) || !/^.\d{1,6}$/.test(line)) throw new Error(`no command: ${JSON.stringify(line)}`)
    at = end + 2
    return Number(line.slice(1))
  }
  const count = number('*')
  if (count === undefined) return undefined
  const words: string[] = []
  while (words.length < count) {
    const length = number('$')
    if (length === undefined || buffer.length < at + length + 2) return undefined
    words.push(buffer.toString('utf8', at, at + length))
    at += length + 2
  }
  return { words, length: at }
}
