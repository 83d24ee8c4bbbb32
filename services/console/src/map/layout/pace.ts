const LEAST_MS = 12
const MOST_MS = 400
const MS_PER_NODE = 0.06

/**
 * ms from one look at a layout under way to the next, of which there were `looks`. The page paints all anew for each, which takes
 * the longer the larger the map is; the first ones come soon all the same.
 */
export const sliceMs = (nodes: number, looks: number): number =>
  Math.max(LEAST_MS, Math.min(MOST_MS, nodes * MS_PER_NODE, LEAST_MS * 2 ** looks))
