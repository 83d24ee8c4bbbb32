/** How far before the evaluation the linked page begins, s. */
const BEFORE_S = 900

/** External label of Prometheus that says where the console is, and what is taken without it. */
export const CONSOLE_LABEL = 'headwater_console'
const CONSOLE = `{{ or $externalLabels.${CONSOLE_LABEL} "http://127.0.0.1:4400" }}`

const epochMs = (query: string): string => `{{ with query "${query}" }}{{ . | first | value | printf "%.0f" }}000{{ end }}`

/** A page of the console over the time before the evaluation, as a template. @param names what of the alert's labels it is searched for */
export function consoleLink(page: string, names: readonly string[] = []): string {
  const matchers = names.map((name) => `${name}=%q`).join(',')
  const values = names.map((name) => `$labels.${name}`).join(' ')
  const search = names.length === 0 ? '' : `&q={{ printf "{${matchers}}" ${values} | urlquery }}`
  return `${CONSOLE}/?page=${page}&from=${epochMs(`time() - ${BEFORE_S}`)}&to=${epochMs('time()')}${search}`
}
