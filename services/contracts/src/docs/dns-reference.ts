import { dnsColumns } from '../dns/columns.js'
import { columnRows } from './flows-reference.js'

/** docs/dns.md: questions to name servers, what is told of them, and the columns. */
export function dnsReference(): string {
  return `# DNS: who asks for which name, and what comes of it

Generated from the column table (services/contracts/src/dns/columns.ts) by \`npm run docs -w @headwater/contracts\`.

With the profile \`standard\` (the default) and \`full\` an agent reads the head of each UDP message that its node's sockets send to port 53 and
get from there: 512 bytes of it. A question and its answer are one row of \`headwater.dns\`, and one message on the topic
\`headwater.dns.v1\` holds a batch of them as an Arrow IPC stream, as flows do. \`GET /api/v1/dns\` groups them: by \`name\`, \`type\`, \`rcode\`, \`server\`,
\`service\`, \`process\`, \`node\` (\`by=name,rcode\`), with filters on the client as everywhere (\`{client_service="cart"}\`) and on
\`server_address\` and \`server_port\`; other labels of the server (\`{server_service="resolver"}\`) are those that the flows to it have.

- **Who asked** is the process that sent the question. A stub on the node (systemd-resolved, dnsmasq) that asks on is a client of its own: two rows, one each.
- An answer belongs to a question by **socket and number**, not by addresses, so address translation changes nothing. An answer to another
  question than was asked under that number is counted and left out.
- **No answer for 5 s** is \`timed_out\`. An answer that comes later is counted in the agent (\`agent.dns_unasked\`).
- \`duration_us\` is taken at the socket: from the question's way out to the answer's way in, without the process's own waiting.
- **Not read**: DNS over TCP, TLS and HTTPS (looking into TCP would cost each of its packets), mDNS, LLMNR, other ports than 53, records beyond the
  first 512 bytes of a message, the servers' end of questions.
- Messages that are broken (cut short, names that point forward or at themselves, no DNS at all) are counted (\`agent.dns_unreadable\`) and make no row.

## How complete it is

\`completeness.dns\` of every answer says how many rows agents made in the range and how many of those are stored (\`delivered\`), beside the figures of
flows and in none of them; \`headwater_dns_delivered_ratio\` and the fleet page have it too. Rows that were lost before are in its \`rows_dropped\`
([what was lost](fleet.md#what-was-lost)). Agents of before say nothing of it: then it is null.

## Names are personal

\`agent.dns-names\` (HEADWATER_AGENT_DNS_NAMES) says what leaves the node:

| value | \`query_name\` | \`answers\` |
|---|---|---|
| \`keep\` (default) | the name | the addresses |
| \`hash\` | \`#\` and 16 digits, the same for one name on every node of a realm; whoever guesses a name can check the guess | the addresses |
| \`off\` | empty | none |

Type, code, times and process stay. Names are at most 255 characters, in small letters; what cannot be printed is written as \`\\DDD\`. Of more than 5,000
different names between two walks (\`agent.interval\`) the rest are empty, and counted (\`agent.dns_names_left_out\`).

Units are UCUM.

| column | meaning | unit | on the bus (Arrow) | in ClickHouse |
|---|---|---|---|---|
${columnRows(dnsColumns)}
`
}
