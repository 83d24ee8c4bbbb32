/** Reasons for which an agent does not deliver a batch that it has made. */
const ofBatches: readonly string[] = ['encode-failed', 'outbox-full', 'undelivered']

/**
 * Whether rows dropped for that reason were produced before: they were in a batch. The others were never made, and are in no count of
 * rows produced.
 */
export const wasProduced = (reason: string): boolean => ofBatches.includes(reason) || reason.startsWith('bus-')
