// A lab in a process of its own: prints its processes when it runs. Arguments: the built package, the lock.
const [, , entry, lockPath] = process.argv
const { createLab } = await import(entry)
const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const lab = createLab({ logger, lockPath })
await lab.start()
process.stdout.write(`${JSON.stringify(lab.pids)}\n`)
setInterval(() => undefined, 60_000)
