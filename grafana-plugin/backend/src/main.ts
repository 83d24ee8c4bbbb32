import { createHandlers } from './handlers/handlers.ts'
import { log } from './log.ts'
import { endpoint, refusal } from './plugin/handshake.ts'
import { watchMemory } from './plugin/memory.ts'
import { watchParent } from './plugin/parent.ts'
import { createServer, listen } from './plugin/server.ts'

/** Calls under way get this long at the end. */
const GRACE_MS = 1000

async function main(): Promise<void> {
  const reason = refusal(process.env)
  if (reason !== undefined) {
    process.stderr.write(`${reason}\n`)
    process.exit(1)
  }
  const at = endpoint(process.env)
  let ending = false
  const end = (why: string): void => {
    if (ending) return
    ending = true
    log('info', 'ending', { why })
    setTimeout(() => process.exit(0), GRACE_MS).unref()
    server.tryShutdown(() => process.exit(0))
  }
  const server = createServer(createHandlers(), () => end('Grafana asks for it'))
  process.once('exit', at.remove)
  process.once('SIGTERM', () => end('SIGTERM'))
  // Ctrl-C reaches the whole group: Grafana then ends its plugins in its own order.
  process.on('SIGINT', () => {})
  watchParent(() => end('Grafana is gone'))
  watchMemory()
  const port = await listen(server, at.bind)
  process.stdout.write(`${at.line(port)}\n`)
}

main().catch((error) => {
  log('error', 'the start failed', { error: String(error?.stack ?? error) })
  process.exit(1)
})
