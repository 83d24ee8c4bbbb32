/** Routes that take a body, with the most bytes of it. All others take none. */
const bodyLimits: ReadonlyMap<string, number> = new Map([['/api/v1/demo/faults', 1_024]])

/** Most bytes of a body that is sent there; undefined where none is taken. */
export const bodyLimitOf = (url: string): number | undefined => bodyLimits.get(url.split('?', 1)[0] ?? '')

/** For Fastify's `onRoute`: its limit holds for a whole server, but for routes that have one of their own. */
export function limitBodies(route: { method: string | string[]; url: string; bodyLimit?: number }): void {
  const limit = bodyLimitOf(route.url)
  if (limit !== undefined && [route.method].flat().includes('POST')) route.bodyLimit = limit
}
