// @ts-check
import { spawn } from 'node:child_process'

/** An error whose text is for the user as it stands: no stack. */
export class SetupError extends Error {}

const tty = process.stderr.isTTY === true
const seconds = (/** @type {number} */ since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** @param {string} text */
export const say = (text) => process.stderr.write(`${text}\n`)

/**
 * Shows one step of the work with its seconds: a line that counts up on a terminal, else a line now and then.
 * @template T
 * @param {string} title
 * @param {(detail: (text: string) => void) => Promise<T>} work `detail` shows what the step is at
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const since = performance.now()
  let at = ''
  const show = () => {
    if (tty) process.stderr.write(`\r\x1b[K... ${title} ${seconds(since)}${at === '' ? '' : `  ${at.slice(0, 60)}`}`)
    else if (performance.now() - since < 1_000) say(`... ${title}`)
    else say(`... ${title} ${seconds(since)}${at === '' ? '' : `  ${at}`}`)
  }
  show()
  const timer = setInterval(show, tty ? 500 : 15_000)
  const end = (/** @type {string} */ mark) => {
    clearInterval(timer)
    process.stderr.write(`${tty ? '\r\x1b[K' : ''}${mark} ${title} ${seconds(since)}\n`)
  }
  try {
    const result = await work((text) => {
      at = text
    })
    end('ok ')
    return result
  } catch (error) {
    end('NOT')
    throw error
  }
}

/**
 * Runs a program; its output is kept, and shown where it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} options
 * @returns {Promise<string>} what it printed
 */
export function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let rest = ''
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) options.onLine?.(line)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('error', (error) => reject(new SetupError(`${program}: ${error.message}`)))
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output)
      const command = [program, ...args].join(' ')
      const tail = output.length > 200_000 ? `...${output.slice(-200_000)}` : output
      reject(new SetupError(`${tail.trimEnd()}\n\n${command}\nended with ${signal ?? `code ${code}`}`))
    })
  })
}
