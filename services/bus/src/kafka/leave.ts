import kafkajs, { type Broker, type Cluster, type PartitionAssigner } from 'kafkajs'
import { connectKafka, type KafkaConnection } from './client.js'

const { roundRobin } = kafkajs.PartitionAssigners

/**
 * kafkajs' assigner, which does not join any more when `stopping` fires: kafkajs itself joins on in a consumer that is being stopped, and
 * asks for the protocol at each join.
 */
export const joiningUntil =
  (stopping: AbortSignal): PartitionAssigner =>
  (given) => {
    const assigner = roundRobin(given)
    return {
      ...assigner,
      protocol(subscription) {
        if (stopping.aborted) throw new kafkajs.KafkaJSNonRetriableError('the consumer is stopping')
        return assigner.protocol(subscription)
      },
    }
  }

/** A consumer as its group knows it. */
export interface Member {
  groupId: string
  memberId: string
}

/** What kafkajs' types leave out of a broker. */
type Coordinator = Broker & { leaveGroup(member: Member): Promise<unknown> }

/** Answers of a coordinator that does not have the member any more. */
const gone = new Set(['UNKNOWN_MEMBER_ID', 'GROUP_ID_NOT_FOUND'])

/**
 * Takes a member out of its group from outside, on a connection of its own. kafkajs' member cannot leave where it has lost the
 * coordinator, nor while it joins: the coordinator answers a join when all members have joined or the sessions of the dead ones are
 * over, and a connection's requests in order.
 */
export async function leaveGroup(connection: KafkaConnection, member: Member): Promise<void> {
  let cluster: Cluster | undefined
  const outside = connectKafka(connection, 1).consumer({
    groupId: member.groupId,
    // What an assigner is given is kafkajs' only public way to a request of one's own.
    partitionAssigners: [
      (given) => {
        cluster = given.cluster
        return roundRobin(given)
      },
    ],
  })
  try {
    await outside.connect()
    await cluster?.refreshMetadata()
    const coordinator = (await cluster?.findGroupCoordinator(member)) as Coordinator | undefined
    await coordinator?.leaveGroup(member)
  } catch (error) {
    if (!gone.has((error as { type?: string }).type ?? '')) throw error
  } finally {
    await outside.disconnect().catch(() => undefined)
  }
}
