/** Controls, and marks that reorder or hide what stands beside them. Joiners (U+200C, U+200D) are part of ordinary words. */
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu

/**
 * Text from outside as one harmless line: what is hidden is shown as an escape (`\x1b`, `\u202e`). It is still text:
 * it goes into text nodes and canvas only.
 */
export function printable(text: string): string {
  return text.replace(HIDDEN, (c) => {
    const hex = c.charCodeAt(0).toString(16)
    return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`
  })
}

/** At most `max` code points, the last one an ellipsis where something was cut. */
export function ellipsis(text: string, max: number): string {
  if (text.length <= max) return text
  const points = [...text]
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}\u2026`
}

/** A name as it is shown: printable, and never blank. */
export function nameOf(text: string): string {
  if (text === '') return 'unknown'
  return text.trim() === '' ? `"${printable(text)}"` : printable(text)
}
