/** The part of a version that two sides must share: from 1.0 on the major, before it the minor version too. */
function generation(version: string): [number, number] | undefined {
  const found = /^v?(\d+)\.(\d+)\./.exec(version)
  if (found === null) return undefined
  const major = Number(found[1])
  return [major, major === 0 ? Number(found[2]) : 0]
}

/** Why a plugin and an API do not fit, and what to do; undefined where they do. */
export function mismatch(plugin: string, api: string): string | undefined {
  const [own, other] = [generation(plugin), generation(api)]
  if (own === undefined || other === undefined) return undefined
  const order = own[0] - other[0] || own[1] - other[1]
  if (order === 0) return undefined
  return order > 0
    ? `This plugin (${plugin}) is newer than Headwater (${api}): update Headwater, or install the plugin of version ${api}.`
    : `This plugin (${plugin}) is older than Headwater (${api}): install the plugin of version ${api}, which comes with it.`
}
