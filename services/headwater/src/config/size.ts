const UNITS = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const

/** Bytes of a text such as 10GiB, 500 MB or 1048576; undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}) ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/.exec(text)
  if (match === null) return undefined
  const bytes = Number(match[1]) * UNITS[(match[2] ?? 'B') as keyof typeof UNITS]
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** The shortest text that parses to the same. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    if (bytes !== 0 && bytes % size === 0) return `${bytes / size}${unit}`
  }
  return `${bytes}B`
}
