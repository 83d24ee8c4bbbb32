/** What happened to DNS messages on their way to rows; cumulative. They go into the node report with the prefix `agent.dns_`. */
export class DnsCounters {
  messages = 0
  /** Messages to or from port 53 that are no DNS that can be read: short, broken names, pointers that lead forward, other operations. */
  unreadable = 0
  /** Answers to nothing that was asked while the agent ran, or that is still waited for. */
  unasked = 0
  /** Answers whose question is another than was asked under that number: taken for no answer. */
  mismatched = 0
  /** Questions sent again under the same number, and answers that came twice. */
  repeated = 0
  /** Questions given up for want of room: their fate is not known. */
  overflowed = 0
  /** The same, for another question of the same socket under the same number. */
  replaced = 0
  /** Questions whose answers the agent no longer looked for, for its CPU budget: their fate is not known. */
  forgotten = 0
  /** Names left out: there were too many different ones in an interval. */
  names_left_out = 0
  /** Questions that the configuration leaves out. */
  excluded = 0
  rows = 0
  /** Rows that the bus did not take. */
  dropped = 0
}
