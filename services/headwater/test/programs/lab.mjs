// The demo, with the lab's own truth told over IPC: lab.mjs OPTIONS, JSON of {config, lab, unobserved}. Ends with its parent, or by SIGINT.
// Without a config it is the lab alone, whose traffic is held.
// Asked {id, method, args} it answers {id, value} or {id, error}; the methods are the lab's.
import { once } from 'node:events'
import { createLab } from '@headwater/lab'
import { loadConfig } from '../../dist/config/load.js'
import { demoOf } from '../../dist/demo/command.js'
import { createLogger } from '../../dist/log/logger.js'

const options = JSON.parse(process.argv[2])
const logger = createLogger({ level: 'info', format: 'text' })
const lab = createLab({ logger, holdTraffic: true, ...options.lab })
const methods = new Set(['truth', 'names', 'pause', 'resume', 'drain', 'inspect', 'setFault', 'nodes'])
const alone = options.config === undefined
const started = alone ? lab.start() : Promise.resolve()

process.on('message', async ({ id, method, args }) => {
  try {
    if (!methods.has(method)) throw new Error(`the lab is not asked for ${method}`)
    await started
    const value = method === 'nodes' ? lab.nodes : await lab[method](...args)
    process.send({ id, value: value ?? null })
  } catch (error) {
    process.send({ id, error: String(error.stack ?? error) })
  }
})
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'))

async function untilStopped() {
  await once(process, 'SIGINT')
  await lab.stop()
  return 0
}

process.exit(
  alone
    ? await untilStopped()
    : await demoOf(lab, loadConfig({ env: {}, flags: options.config }), logger, options.unobserved),
)
