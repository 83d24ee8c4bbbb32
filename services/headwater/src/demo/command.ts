import type { Logger } from '@headwater/contracts/runtime'
import { createLab, type Lab } from '@headwater/lab'
import type { Config } from '../config/keys.js'
import type { LabPart } from '../up/lab-part.js'
import { loggerOf, serve } from '../up/up.js'
import { removeAddress, writeAddress } from './address.js'
import { agentConfig, demoConfig, withRanges } from './config.js'

/** `headwater demo`: all of `headwater up`, with the lab instead of this machine, until Ctrl-C. */
export async function demoCommand(given: Config): Promise<number> {
  const config = demoConfig(given)
  const logger = loggerOf(config)
  const lab = createLab({ logger: logger.child('lab'), holdTraffic: true })
  lab.check()
  return demoOf(lab, config, logger)
}

/**
 * All of `headwater up` on a lab that does not run yet: it is started and stopped with the rest.
 * @param unobserved names of nodes without an agent
 */
export async function demoOf(lab: Lab, config: Config, logger: Logger, unobserved: string[] = []): Promise<number> {
  const runs = Promise.withResolvers<void>()
  runs.promise.catch(() => undefined)
  const part: LabPart = {
    start: () => {
      const started = lab.start()
      started.then(runs.resolve, runs.reject)
      return started
    },
    // Of connections older than its agent little is known: the demo would begin with riddles.
    observed: () =>
      lab.resume().catch((error: Error) => logger.error(`the lab's traffic does not begin: ${error.message}`)),
    stop: () => lab.stop(),
    state: () => ({ faults: lab.faults(), traffic: lab.traffic }),
    setFault: (id, on) => lab.setFault(id, on),
  }
  const observed = lab.nodes.filter(({ node }) => !unobserved.includes(node))
  const plans = observed.map(({ node }) => ({
    name: `agent of ${node}`,
    config: async () => {
      await runs.promise
      const here = lab.nodes.find((n) => n.node === node)
      if (here === undefined) throw new Error(`the lab has no node ${node}`)
      return agentConfig(config, here)
    },
  }))
  const observes = `one on each of the lab's ${plans.length} nodes`
  return serve(withRanges(config, lab.cidrs), logger, {
    agents: { plans, observes },
    lab: part,
    notes: [
      `The lab: ${plans.length} nodes, ${new Set(lab.nodes.map((n) => n.cluster)).size} clusters, real services and their traffic.`,
      'Its faults:  headwater demo faults, headwater demo fault ID on|off; or the bar in the console.',
    ],
    onUp: (dir, url) => writeAddress(dir.path, url),
    onEnd: (dir) => removeAddress(dir.path),
  })
}
