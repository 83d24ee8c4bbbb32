import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './headwater.js'
import { Inside } from './inside.js'

const exec = promisify(execFile)

const which = (name: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/** What is missing for an engine of the test's own; undefined where nothing is. */
export const noDocker: string | undefined =
  process.platform !== 'linux'
    ? 'containers need Linux'
    : process.getuid?.() !== 0
      ? 'a Docker engine of its own needs root'
      : (['dockerd', 'docker', 'busybox', 'unshare'] as const)
          .filter((name) => which(name) === undefined)
          .map((name) => `${name} is not installed`)[0]

/**
 * A Docker engine of the test's own: its folders, its socket, and a network namespace, since a second engine takes the first one's bridge away.
 * Images are imported: no registry is asked.
 */
export class TestEngine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hw-docker-'))
  readonly #inside = new Inside(this.#folder)
  #daemon: ChildProcess | undefined
  #log = ''

  /** @param network 'own': a bridge in a namespace of the engine's own; 'host': no bridge, and containers of `--network host` or `none` alone, which share this machine's loopback */
  constructor(private readonly network: 'own' | 'host' = 'own') {}

  get socket(): string {
    return join(this.#folder, 'docker.sock')
  }

  async start(): Promise<void> {
    const at = (name: string) => join(this.#folder, name)
    const own = this.network === 'own'
    const flags = ['--data-root', at('data'), '--exec-root', at('exec'), '-p', at('pid'), '-H', `unix://${this.socket}`]
    if (!own) flags.push('--bridge=none', '--iptables=false', '--ip-forward=false')
    // The mounts that it makes go with it. Its namespace has loopback alone; the bridge is for it to make.
    const line = `${own ? 'ip link set lo up && ' : ''}exec "$@"`
    const args = [
      ...(own ? ['--net'] : []),
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      line,
      'sh',
      which('dockerd') ?? 'dockerd',
    ]
    this.#daemon = spawn('unshare', [...args, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#daemon.stderr?.on('data', (chunk) => {
      this.#log = (this.#log + chunk).slice(-20_000)
    })
    await eventually('a Docker engine', async () => (await this.docker('version')) !== '' || undefined, 30_000).catch(
      (cause) => {
        throw new Error(`the Docker engine did not start:\n${this.#log}`, { cause })
      },
    )
  }

  /** What a container has said, at most its last 12 lines. */
  async said(container: string): Promise<string> {
    const { stdout, stderr } = await exec(which('docker') ?? 'docker', [
      '-H',
      `unix://${this.socket}`,
      'logs',
      '--tail',
      '12',
      container,
    ])
    return `${stdout}${stderr}`.trimEnd()
  }

  /** Runs `docker ...args`. @returns what it printed */
  async docker(...args: string[]): Promise<string> {
    const { stdout } = await exec(which('docker') ?? 'docker', ['-H', `unix://${this.socket}`, ...args])
    return stdout.trim()
  }

  /** A GET in the engine's network, where the ports that its containers publish are. @returns status and body */
  get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
    return this.#inside.get(this.#daemon?.pid ?? 0, url, headers)
  }

  /** An image of busybox alone. @param programs its links in /bin */
  async importImage(name: string, programs: readonly string[]): Promise<void> {
    const root = join(this.#folder, 'image')
    rmSync(root, { recursive: true, force: true })
    for (const folder of ['bin', 'tmp', 'www']) mkdirSync(join(root, folder), { recursive: true })
    cpSync(which('busybox') ?? '', join(root, 'bin', 'busybox'))
    for (const program of programs) symlinkSync('busybox', join(root, 'bin', program))
    const archive = join(this.#folder, 'image.tar')
    await exec('tar', ['-C', root, '-cf', archive, '.'])
    await this.docker('import', archive, name)
  }

  async stop(): Promise<void> {
    await this.#inside.stop()
    const ids = (await this.docker('ps', '-q').catch(() => '')).split('\n').filter((id) => id !== '')
    if (ids.length > 0) await this.docker('kill', ...ids).catch(() => undefined)
    const daemon = this.#daemon
    if (daemon !== undefined && daemon.exitCode === null && daemon.signalCode === null) {
      const ended = once(daemon, 'exit')
      daemon.kill('SIGTERM')
      const late = setTimeout(() => daemon.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
