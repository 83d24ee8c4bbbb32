import kafkajs from 'kafkajs'
import { connectKafka } from '../kafka/client.js'
import { silentLogger as logger } from './logger.js'

/** A group of consumers as its coordinator has it. */
export interface GroupState {
  /** `Stable` where each member knows its partitions. */
  state: string
  /** Partitions held, of one topic, by member. */
  members: Map<string, number>
}

/** Asks a broker who shares the partitions of a topic. */
export async function groupState(brokers: readonly string[], group: string, topic: string): Promise<GroupState> {
  const { AssignerProtocol } = kafkajs
  const admin = connectKafka({ brokers, logger }, 3).admin()
  await admin.connect()
  try {
    const [found] = (await admin.describeGroups([group])).groups
    const held = (assignment: Buffer) =>
      assignment.length === 0
        ? 0
        : (AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topic]?.length ?? 0)
    const members = (found?.members ?? []).map((m) => [m.memberId, held(m.memberAssignment)] as const)
    return { state: found?.state ?? 'Dead', members: new Map(members) }
  } finally {
    await admin.disconnect()
  }
}
