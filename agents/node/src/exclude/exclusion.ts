import { holds, type PortRange, parsePorts, parseRange, type Range } from './ranges.js'

/** Traffic that is left out: by the address or port of either end, or by the process of this one. */
export interface ExcludeOptions {
  /** Such as 10.0.0.0/8, fd00::/8 or 192.0.2.7. */
  cidrs?: readonly string[]
  /** Such as 22 or 8000-8100. */
  ports?: readonly string[]
  /** Names as rows have them in `process`. */
  processes?: readonly string[]
}

/** Both ends of a row, and whose it is. Addresses are four words from `localAt` and `remoteAt` on. */
export interface Ends {
  local: Uint32Array
  localAt: number
  localPort: number
  remote: Uint32Array
  remoteAt: number
  remotePort: number
  process: string
}

function parsed<T>(name: string, texts: readonly string[], parse: (text: string) => T | undefined, takes: string): T[] {
  return texts.map((text) => {
    const value = parse(text)
    if (value === undefined) throw new RangeError(`${name} has ${JSON.stringify(text)}; allowed are ${takes}`)
    return value
  })
}

/** What the configuration leaves out. */
export class Exclusion {
  readonly #ranges: Range[]
  readonly #ports: Uint8Array | undefined
  readonly #processes: ReadonlySet<string>

  /** Throws RangeError that names what is wrong. */
  constructor({ cidrs = [], ports = [], processes = [] }: ExcludeOptions) {
    this.#ranges = parsed('exclude.cidrs', cidrs, parseRange, 'addresses and ranges such as 10.0.0.0/8')
    const portRanges = parsed('exclude.ports', ports, parsePorts, 'ports from 1 to 65535 and ranges such as 8000-8100')
    this.#ports = portRanges.length === 0 ? undefined : portTable(portRanges)
    this.#processes = new Set(processes)
  }

  covers({ local, localAt, localPort, remote, remoteAt, remotePort, process }: Ends): boolean {
    if (this.#ports !== undefined && (this.#ports[localPort] === 1 || this.#ports[remotePort] === 1)) return true
    if (this.#processes.has(process)) return true
    for (const range of this.#ranges) if (holds(range, local, localAt) || holds(range, remote, remoteAt)) return true
    return false
  }
}

function portTable(ranges: readonly PortRange[]): Uint8Array {
  const table = new Uint8Array(65_536)
  for (const { first, last } of ranges) table.fill(1, first, last + 1)
  return table
}

/** None where nothing is left out. */
export function exclusionOf(options: ExcludeOptions): Exclusion | undefined {
  const some = Object.values(options).some((list) => (list?.length ?? 0) > 0)
  return some ? new Exclusion(options) : undefined
}
