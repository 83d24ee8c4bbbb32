import type { AllColumns, Dictionary } from '@headwater/contracts'

/** Columns whose texts, with the part that the observed end plays, make an edge of a row. */
const parts = [
  'local_service',
  'remote_service',
  'local_namespace',
  'remote_namespace',
  'remote_cluster',
  'cluster',
  'transport',
] as const

/** An edge's row by the indices of its dictionaries, as one number: no text is looked at until an edge is new in its block. */
export function slotKeys(columns: AllColumns): (row: number, role: number) => number | string {
  const dictionaries = parts.map((name): Dictionary => columns[name])
  const size = dictionaries.reduce((product, { values }) => product * Math.max(1, values.length), 2)
  // So many texts in one block that the product is no exact number any more: not seen in practice.
  if (size > Number.MAX_SAFE_INTEGER)
    return (row, role) => [role, ...dictionaries.map(({ indices }) => indices[row])].join()
  const used = dictionaries.filter(({ values }) => values.length > 1)
  const indices = used.map((d) => d.indices)
  const sizes = used.map((d) => d.values.length)
  return (row, role) => {
    let key = role
    for (let i = 0; i < indices.length; i++)
      key = key * (sizes[i] as number) + ((indices[i] as Int32Array)[row] as number)
    return key
  }
}

/** Labels of the edge of a row, in the order of `edgeLabels`. */
export function edgeTexts(columns: AllColumns, row: number, role: number): string[] {
  const text = ({ indices, values }: Dictionary) => values[indices[row] as number] as string
  const { cluster, local_namespace, local_service, remote_cluster, remote_namespace, remote_service } = columns
  const local = [cluster, local_namespace, local_service].map(text)
  const remote = [remote_cluster, remote_namespace, remote_service].map(text)
  const [client, server] = role === 0 ? [local, remote] : [remote, local]
  return [...client.flatMap((label, i) => [label, server[i] as string]), text(columns.transport)]
}
