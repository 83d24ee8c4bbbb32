/** Seconds that an answer may be kept. Short: a change of a service's addresses shows soon. */
export const TTL_SECONDS = 5

/** Names of the lab, each with its IPv4 addresses. Lower case, without the final dot. */
export type Zone = Readonly<Record<string, readonly string[]>>
