import { createProbe } from '@headwater/native'

/** Why the real probe cannot run here, or undefined where it can. */
export async function probeMissing(): Promise<string | undefined> {
  const probe = createProbe()
  try {
    await probe.open()
    return undefined
  } catch (error) {
    const reason = (error as Error).message
    console.warn(`SKIP tests of the agent with the real probe: ${reason}`)
    return reason
  } finally {
    await probe.close()
  }
}
