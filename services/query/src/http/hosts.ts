import { isIP } from 'node:net'
import { hostname } from 'node:os'

/** Host and port of a Host header, the port '' where it names none; undefined where it is malformed. */
export function splitHost(header: string): { host: string; port: string } | undefined {
  const found = /^(\[[0-9a-fA-F:.]{2,45}\]|[^\s:/?#@[\]]{1,253})(?::(\d{1,5}))?$/.exec(header)
  if (found === null) return undefined
  return { host: (found[1] ?? '').toLowerCase().replace(/\.$/, ''), port: found[2] ?? '' }
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || bare(host) === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)

const isWildcard = (host: string): boolean => ['0.0.0.0', '::', ''].includes(bare(host))

/**
 * Decides which Host headers are ours, so that a foreign site cannot reach this server through a name of its own that
 * points here (DNS rebinding). `allowed`: `name` (any port) or `name:port`. Without it, what `listen` implies: the
 * loopback names and the listen address; where every address is listened on, also the machine's name and every
 * literal address, since a rebinding attack needs a name of its own. The port is not compared then: a tunnel may come from another one.
 */
export class HostCheck {
  private readonly allowed: readonly { host: string; port: string }[]

  constructor(
    private readonly listen: string,
    allowed: readonly string[],
  ) {
    this.allowed = allowed.flatMap((entry) => splitHost(entry) ?? splitHost(`[${entry}]`) ?? [])
  }

  accepts(header: string | undefined): boolean {
    const given = header === undefined ? undefined : splitHost(header)
    if (given === undefined) return false
    if (this.allowed.length > 0)
      return this.allowed.some((a) => a.host === given.host && (a.port === '' || a.port === (given.port || '80')))
    if (['localhost', '127.0.0.1', '[::1]'].includes(given.host) || bare(given.host) === bare(this.listen)) return true
    return isWildcard(this.listen) && (isIP(bare(given.host)) !== 0 || given.host === hostname().toLowerCase())
  }

  /** Host and port for a person to open: the listen address where it is answered, else the first name that is. */
  authority(port: number): string {
    const own = isWildcard(this.listen)
      ? 'localhost'
      : isIP(bare(this.listen)) === 6
        ? `[${bare(this.listen)}]`
        : this.listen
    const [first] = this.allowed
    if (first === undefined || this.accepts(`${own}:${port}`)) return `${own}:${port}`
    return `${first.host}:${first.port === '' ? port : first.port}`
  }

  /** For the message: what is accepted. */
  describe(): string {
    if (this.allowed.length > 0)
      return this.allowed.map((a) => (a.port === '' ? a.host : `${a.host}:${a.port}`)).join(', ')
    return `localhost and ${isWildcard(this.listen) ? 'the name and addresses of this machine' : this.listen}`
  }
}
