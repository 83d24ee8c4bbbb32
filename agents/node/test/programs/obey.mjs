/**
 * Does what the test asks for over IPC (placed.ts): each message names one of the operations, with its options.
 * @param {Record<string, (options: any) => unknown>} ops
 */
export function obey(ops) {
  process.on('message', async ({ call, op, ...options }) => {
    try {
      process.send({ call, result: await ops[op](options) })
    } catch (error) {
      process.send({ call, error: error.message })
    }
  })
  process.send({ ready: true })
}
