import { Command, Option } from 'commander'
import { type CommandName, type Config } from '../config/keys.js'
import { printConfig } from '../config/print.js'
import { version } from '../version.js'
import { addDeadLetters } from './dead-letters.js'
import { addConfigFlags, configOf } from './flags.js'
import { duration, onOff, positive, since } from './values.js'

type Action = (config: Config, options: Record<string, unknown>) => Promise<number>

/** Commands load their code when they are called: each process holds only what it needs. */
const actions = {
  up: async (config) => (await import('../up/up.js')).up(config),
  agent: async (config) => (await import('../roles/agent/command.js')).agentCommand(config),
  ingest: async (config) => (await import('../roles/ingest.js')).ingestCommand(config),
  query: async (config) => (await import('../roles/query.js')).queryCommand(config),
  migrate: async (config) => (await import('../roles/migrate.js')).migrateCommand(config),
  demo: async (config) => (await import('../demo/command.js')).demoCommand(config),
  doctor: async (config, options) => (await import('../doctor/command.js')).doctorCommand(config, options),
  flows: async (config, options) => (await import('../flows/command.js')).flowsCommand(config, options),
  accounts: async (config, options) => (await import('../accounts/command.js')).accountsCommand(config, options),
  simulate: async (config, options) => (await import('../simulate/command.js')).simulateCommand(config, options),
  config: async (config) => {
    process.stdout.write(printConfig(config))
    return 0
  },
} satisfies Record<Exclude<CommandName, 'dead-letters'>, Action>

/** What is asked of a demo that runs. Its commands take the flags of `headwater demo`, which tell where it is. */
function addDemo(demo: Command, finish: (code: number) => void): void {
  const client = () => import('../demo/client.js')
  const part = (name: string, description: string) =>
    demo.command(name).description(description).helpOption('--help', 'print this help')
  part('faults', 'list the faults of the running demo')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) =>
      finish(await (await client()).faultsCommand(configOf(demo, 'demo'), json === true)),
    )
  part('fault', 'switch a fault of the running demo')
    .argument('<id>', 'as `headwater demo faults` lists it')
    .argument('<on|off>', 'what it is to be', onOff)
    .action(async (id: string, on: boolean) =>
      finish(await (await client()).faultCommand(configOf(demo, 'demo'), id, on)),
    )
}

/**
 * The command line of `headwater`.
 * @param finish gets the exit code of the command that was called
 */
export function createProgram(finish: (code: number) => void): Command {
  const program = new Command('headwater')
    .description('Network observability through eBPF: what talks to what, is it healthy, what does the traffic cost')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .exitOverride()
    .showSuggestionAfterError()
  const add = (name: keyof typeof actions, description: string) => {
    const command = program.command(name).description(description).version(version, '--version', 'print the version')
    command.helpOption('--help', 'print this help')
    addConfigFlags(command, name)
    command.action(async () => {
      const action: Action = actions[name]
      finish(await action(configOf(command, name), command.opts()))
    })
    return command
  }
  add('up', 'run everything on this machine: agent, ingest, store, query, console')
  add('agent', 'observe this node, and publish to the bus')
  add('ingest', 'take flows from Kafka into ClickHouse')
  add('query', 'serve API and console over ClickHouse')
  add('migrate', 'bring the schema of ClickHouse up to date')
  add('doctor', 'say what works here, and how to mend what does not').option('--json', 'print JSON')
  add('flows', 'print flows of a running Headwater')
    .option('--url <url>', 'where its API is; default: listen')
    .option('--follow', 'go on with new flows until Ctrl-C')
    .option('--filter <matchers>', 'Prometheus matchers: \'{server_service="cart",server_port=~"80|443"}\'')
    .option('--since <time>', 'how far back: 5m, or a time as RFC 3339', since, 'now-5m')
    .option('--limit <flows>', 'most flows to print without --follow', positive, 1000)
    .option('--self', "show Headwater's own connections too")
    .addOption(new Option('-o, --output <format>', 'how').choices(['table', 'json', 'jsonl']).default('table'))
  add('accounts', 'say what became of the rows of each agent of a running Headwater')
    .option('--url <url>', 'where its API is; default: listen')
    .option('--since <time>', 'how far back: 5m, or a time as RFC 3339', since, 'now-1h')
    .addOption(
      new Option('--from <time>', 'where the range begins, as the API takes it: RFC 3339, epoch ms, now-2h').conflicts(
        'since',
      ),
    )
    .option('--to <time>', 'where it ends; default: now')
    .option('--step <duration>', 'a row for each step of each instance: 10s, 1m, 1h')
    .option('--filter <matchers>', 'Prometheus matchers: \'{cluster="east",node=~"db-.*"}\'')
    .option('--dns', 'rows of questions to name servers, instead of flows')
    .addOption(
      new Option('--lag', 'how far ingest is behind instead, by partition').conflicts(['step', 'filter', 'dns']),
    )
    .option('--json', 'print JSON, as the API answers')
  addDeadLetters(program, finish)
  add('simulate', 'put the traffic of a fleet that is not there on the bus, in a cluster named simulated')
    .option('--nodes <nodes>', 'how many nodes, each with an agent', positive, 10)
    .option('--flows-per-second <rows>', 'rows of all nodes together', positive, 1000)
    .option('--workloads <services>', 'how many services; default: 20 a node, at most 2000', positive)
    .option('--seed <number>', 'the same fleet for the same number', positive, 1)
    .option('--duration <time>', 'how long, such as 90s; default: until Ctrl-C', duration)
  add('config', 'print the configuration in effect as YAML, secrets masked')
  addDemo(
    add('demo', 'the lab: real small services as three clusters, with faults to switch, watched live (root)'),
    finish,
  )
  return program
}
