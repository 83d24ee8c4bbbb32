const V4_MAPPED = 0xffff0000

/** The four 32-bit words of an address in network order, as a little-endian machine reads them. */
export type AddressWords = readonly [number, number, number, number]

const swap16 = (n: number): number => ((n & 0xff) << 8) | ((n >>> 8) & 0xff)

/** Is it ::ffff:a.b.c.d? */
export const isMapped = (w: AddressWords): boolean => w[0] === 0 && w[1] === 0 && w[2] === V4_MAPPED

/** Text of an address: dotted where it is IPv4 or mapped, else as RFC 5952 has it. */
export function formatAddress(w: AddressWords): string {
  if (isMapped(w)) return [0, 8, 16, 24].map((shift) => (w[3] >>> shift) & 0xff).join('.')
  const groups = w.flatMap((word) => [swap16(word & 0xffff), swap16(word >>> 16)])
  const gap = longestZeros(groups)
  const text = (part: number[]) => part.map((g) => g.toString(16)).join(':')
  if (gap === undefined) return text(groups)
  return `${text(groups.slice(0, gap.start))}::${text(groups.slice(gap.start + gap.length))}`
}

/** The first longest run of at least two zero groups. */
function longestZeros(groups: number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined
  let start = 0
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue
    if (i - start >= 2 && i - start > (best?.length ?? 1)) best = { start, length: i - start }
    start = i + 1
  }
  return best
}

/** ::, 0.0.0.0 (plain or mapped): every address of the namespace. */
export const isWildcard = (w: AddressWords): boolean =>
  w[0] === 0 && w[1] === 0 && w[3] === 0 && (w[2] === 0 || isMapped(w))

/** 127.0.0.0/8 (mapped) and ::1. */
export const isLoopback = (w: AddressWords): boolean =>
  isMapped(w) ? (w[3] & 0xff) === 127 : w[0] === 0 && w[1] === 0 && w[2] === 0 && w[3] === 0x01000000

/** 169.254.0.0/16 (mapped) and fe80::/10: many nodes have the same ones. */
export const isLinkLocal = (w: AddressWords): boolean =>
  isMapped(w) ? (w[3] & 0xffff) === 0xfea9 : (w[0] & 0xc0ff) === 0x80fe

/** The words of an address as text, as `os.networkInterfaces()` gives it; undefined where it is none. */
export function parseAddress(text: string): AddressWords | undefined {
  const bytes = text.includes(':') ? parseV6(text) : parseV4(text)
  if (bytes === undefined) return undefined
  const words = new Uint32Array(Uint8Array.from(bytes).buffer)
  return [words[0]!, words[1]!, words[2]!, words[3]!]
}

function parseV4(text: string): number[] | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined || parts.some((p) => p > 255)) return undefined
  return [...Array<number>(10).fill(0), 255, 255, ...parts]
}

function parseV6(text: string): number[] | undefined {
  const [head = '', tail, more] = text.split('%')[0]?.split('::') ?? []
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const left = groups(head)
  const right = groups(tail ?? '')
  const gap = 8 - left.length - right.length
  if (more !== undefined || (tail === undefined ? gap !== 0 : gap < 1)) return undefined
  const all = [...left, ...Array<string>(gap).fill('0'), ...right]
  if (!all.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))) return undefined
  return all.flatMap((g) => [Number.parseInt(g, 16) >> 8, Number.parseInt(g, 16) & 0xff])
}
