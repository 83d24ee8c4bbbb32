// Asks /healthz of the role in this container, where it listens. Exit code 0: it works.
const [, , role] = process.argv
const address = (role === 'query' ? process.env.HEADWATER_LISTEN : process.env.HEADWATER_METRICS_LISTEN) ?? ''
const port = /:(\d+)$/.exec(address)?.[1]
const host = /^(?:0\.0\.0\.0|\[::\]):/.test(address) ? '127.0.0.1' : address.slice(0, address.lastIndexOf(':'))
const answer = await fetch(`http://${host}:${port}/healthz`, { signal: AbortSignal.timeout(3_000) }).catch(
  (error) => error,
)
if (answer.status !== 200) {
  process.stderr.write(`${host}:${port}: ${answer.status ?? answer.cause?.message ?? answer.message}\n`)
  process.exitCode = 1
}
