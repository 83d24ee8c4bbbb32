import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const running = new Set<ChildProcess>()
let folder: string | undefined

/** Compiles a program of test/programs once, with the compiler that the addon needs; gives its path. */
export function compiled(name: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'hw-programs-'))
  const path = join(folder, name)
  const source = fileURLToPath(new URL(`./programs/${name}.cc`, import.meta.url))
  const { status, stderr } = spawnSync('g++', ['-std=c++17', '-O1', source, '-o', path], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`g++ ${source}: ${stderr}`)
  return path
}

/** A compiled program that tells lines of JSON, in a network namespace. */
export class Program {
  readonly lines: Record<string, number>[] = []
  readonly #child: ChildProcess
  #stderr = ''

  constructor(path: string, args: readonly (string | number)[], netns: string) {
    const command = ['nsenter', `--net=${netns}`, path, ...args.map(String)]
    // A group of its own: what it forks ends with it.
    this.#child = spawn(command[0] as string, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    running.add(this.#child)
    this.#child.stderr?.on('data', (text) => {
      this.#stderr += text
    })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.lines.push(JSON.parse(line)))
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** The n-th line, waited for. */
  async line(n = 0): Promise<Record<string, number>> {
    for (let wait = 0; wait < 2000 && this.lines.length <= n; wait++) {
      if (this.#child.exitCode !== null && this.#child.exitCode > 0) break
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const line = this.lines[n]
    if (line === undefined) throw new Error(`${this.#child.spawnargs.join(' ')}: no line ${n}; ${this.#stderr}`)
    return line
  }

  /** What it waits for. */
  next(): void {
    this.#child.stdin?.write('\n')
  }

  stop(): void {
    running.delete(this.#child)
    endGroup(this.#child)
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

process.on('exit', () => {
  for (const child of running) endGroup(child)
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})
