/** Building images and tools takes minutes: these run when they are asked for. */
export const notAsked: string | undefined =
  process.env.HEADWATER_DEPLOY === '1' ? undefined : 'it takes minutes; run it with `npm run deploy-check`'
