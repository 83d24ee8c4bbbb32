import { escapeHidden } from '@headwater/contracts/runtime'

/** Problems that are told at once. */
const MAX_TOLD = 20

/** What is wrong with a price table, collected so that one run tells all of it. */
export class Problems {
  private readonly list: string[] = []

  constructor(private readonly file: string) {}

  add(where: string, says: string): void {
    this.list.push(`${this.file}: ${where === '' ? '' : `${where}: `}${says}`)
  }

  get any(): boolean {
    return this.list.length > 0
  }

  /** A line each, the first of them where there are many. */
  toString(): string {
    const more = this.list.length - MAX_TOLD
    return [...this.list.slice(0, MAX_TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
  }

  /** A key with a value that it does not take. */
  value(where: string, key: string, value: unknown, takes: string): void {
    this.add(where, `${key} is ${shown(value)}, and takes ${takes}`)
  }
}

/** A key of the file: as it is where it is a word, else in quotes, so that it cannot forge a line. */
export const keyText = (key: string): string => (/^[\w.-]{1,64}$/.test(key) ? key : shown(key))

/** JSON has no infinity, which YAML has, and no value that holds itself, which an alias of YAML makes. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'number') return String(value)
  try {
    return escapeHidden(JSON.stringify(value).slice(0, 200))
  } catch {
    return 'a value that holds itself'
  }
}

/** A map of YAML, not a list or a scalar. */
export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
