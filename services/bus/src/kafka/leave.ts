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

/** What kafkajs' types leave out of a broker. */
type Coordinator = Broker & { leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown> }

/**
 * Takes a member out of its group from outside, on a connection of its own. kafkajs' member cannot leave while it joins: the coordinator
 * answers a join when all members have joined or the sessions of the dead ones are over, and a connection's requests in order.
 */
export async function leaveGroup(connection: KafkaConnection, groupId: string, memberId: string): Promise<void> {
  let cluster: Cluster | undefined
  const outside = connectKafka(connection, 1).consumer({
    groupId,
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
    const coordinator = (await cluster?.findGroupCoordinator({ groupId })) as Coordinator | undefined
    await coordinator?.leaveGroup({ groupId, memberId })
  } finally {
    await outside.disconnect().catch(() => undefined)
  }
}
