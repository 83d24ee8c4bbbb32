import { ensureTopics } from '@headwater/bus'
import { type Logger, UserError } from '@headwater/contracts/runtime'
import type { Config } from '../config/keys.js'
import { kafkaOf, topicPlanOf } from '../roles/bus.js'
import { type Check, fail, ok } from './check.js'

const PATIENCE_MS = 15_000

/** Whether brokers answer and hold the topics; nothing where the local bus is used. */
export async function checkKafka(config: Config, logger: Logger): Promise<Check[]> {
  const kafka = kafkaOf(config, 'headwater-doctor', logger)
  if (kafka === undefined) return []
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS).unref()
  })
  try {
    await Promise.race([ensureTopics({ ...kafka, ...topicPlanOf(config), create: false }), late])
    return [ok('kafka', `${kafka.brokers.join(',')}, topics are there`)]
  } catch (error) {
    const fix =
      error instanceof UserError
        ? error.fix
        : 'Check kafka.brokers, kafka.tls and kafka.sasl, and that the brokers run.'
    return [fail('kafka', `${kafka.brokers.join(',')}: ${(error as Error).message}`, fix)]
  }
}
