/** Controls (C0, DEL, C1), line separators, and marks that reorder or hide what stands beside them. Joiners (U+200C, U+200D) are part of ordinary words. */
const HIDDEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/**
 * Text from outside as a terminal may show it: what is hidden is an escape as JSON has it (`\u001b`), so that it neither steers the terminal
 * nor forges or reorders a line. Within the strings of a JSON text it means the same afterwards.
 * @param keep characters that stay as they are, such as the ends of lines
 */
export const escapeHidden = (text: string, keep = ''): string =>
  text.replace(HIDDEN, (c) =>
    keep.includes(c)
      ? c
      : Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )
