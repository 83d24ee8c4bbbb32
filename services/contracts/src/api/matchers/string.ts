const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** Characters of \xHH, \OOO, \uHHHH and \UHHHHHHHH; a byte escape above 127 is read as its Latin-1 character. */
const numeric: readonly [RegExp, number][] = [
  [/^x([0-9a-fA-F]{2})/, 16],
  [/^([0-7]{3})/, 8],
  [/^u([0-9a-fA-F]{4})/, 16],
  [/^U([0-9a-fA-F]{8})/, 16],
]

interface Read {
  value: string
  /** Index after what was read, or of the mistake. */
  next: number
  error?: string
}

function readEscape(text: string, at: number): Read {
  const simple = escapes[text[at] ?? '']
  if (simple !== undefined) return { value: simple, next: at + 1 }
  const rest = text.slice(at, at + 9)
  for (const [pattern, base] of numeric) {
    const found = pattern.exec(rest)
    if (found === null) continue
    const code = Number.parseInt(found[1] ?? '', base)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      return { value: '', next: at, error: `\\${found[0]} is no character` }
    return { value: String.fromCodePoint(code), next: at + found[0].length }
  }
  return { value: '', next: at, error: 'unknown escape; write \\\\ for a backslash' }
}

/** Reads a quoted string of Go's kinds from `at` on. */
export function readString(text: string, at: number): Read {
  const quote = text[at] ?? ''
  if (quote === '' || !`"'\``.includes(quote)) return { value: '', next: at, error: 'a quoted value is missing' }
  let value = ''
  let next = at + 1
  while (next < text.length) {
    const character = text[next] ?? ''
    if (character === quote) {
      if (value.includes('\0')) return { value: '', next: at, error: 'a value has no NUL character' }
      return { value, next: next + 1 }
    }
    if (character === '\\' && quote !== '`') {
      const escaped = readEscape(text, next + 1)
      if (escaped.error !== undefined) return { ...escaped, next }
      value += escaped.value
      next = escaped.next
    } else {
      value += character
      next++
    }
  }
  return { value: '', next: at, error: `the closing ${quote} is missing` }
}
