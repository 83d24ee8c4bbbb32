import type { Matcher } from './parse.js'

/** A value in double quotes, as parseMatchers reads it. */
export const quoted = (text: string): string =>
  `"${text
    .replace(/["\\]/g, '\\$&')
    .replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`

/** A text as the regular expression (RE2) that matches just it. */
export const literal = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')

/** Matchers as the text that parseMatchers reads; empty for none. */
export const printMatchers = (matchers: readonly Matcher[]): string =>
  matchers.length === 0 ? '' : `{${matchers.map((m) => m.label + m.operator + quoted(m.value)).join(',')}}`
