/** What is wrong with a price table, collected so that one run tells all of it. */
export class Problems {
  readonly list: string[] = []

  constructor(private readonly file: string) {}

  add(where: string, says: string): void {
    this.list.push(`${this.file}: ${where === '' ? '' : `${where}: `}${says}`)
  }

  /** A key with a value that it does not take. */
  value(where: string, key: string, value: unknown, takes: string): void {
    this.add(where, `${key} is ${shown(value)}, and takes ${takes}`)
  }
}

/** JSON has no infinity, which YAML has. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  return typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, 200)
}

/** A map of YAML, not a list or a scalar. */
export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
