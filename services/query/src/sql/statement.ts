/** A SELECT. `name` labels its metrics. */
export interface Statement {
  name: string
  text: string
  params: Record<string, unknown>
}
