// @ts-check
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { productNode, root } from './setup/paths.mjs'
import { main, prepare } from './setup/prepare.mjs'

/**
 * @param {string} node
 * @param {string[]} args
 */
function become(node, args) {
  const { execve } = process
  // With Node 24 this process becomes the product; the machine's older Node stays in front of it and passes signals on.
  if (typeof execve === 'function') execve.call(process, node, [node, ...args], process.env)
  const child = spawn(node, args, { stdio: 'inherit' })
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  // A terminal sends Ctrl-C to the whole group: the product has it already.
  for (const signal of signals) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
  child.once('error', (error) => {
    process.stderr.write(`${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const s of signals) process.removeAllListeners(s)
    process.kill(process.pid, signal)
  })
}

/**
 * Set-up of what is missing, then a command of the product with the arguments of this script.
 * @param {string} command
 * @param {{ lab?: boolean }} [needs]
 */
export const runProduct = (command, needs) =>
  main(async () => {
    await prepare(needs)
    const node = productNode()
    if (node === undefined) throw new Error('no Node 24')
    become(node, [join(root, 'services', 'headwater', 'bin', 'headwater.js'), command, ...process.argv.slice(2)])
  })
