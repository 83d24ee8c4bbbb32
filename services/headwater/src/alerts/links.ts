/** How far before the evaluation the linked page begins, s. */
const BEFORE_S = 900

/** External label of Prometheus that says where the console is, and what is taken without it. */
export const CONSOLE_LABEL = 'headwater_console'
const CONSOLE = `{{ or $externalLabels.${CONSOLE_LABEL} "http://127.0.0.1:4400" }}`

const epochMs = (query: string): string =>
  `{{ with query "${query}" }}{{ . | first | value | printf "%.0f" }}000{{ end }}`

/**
 * A page of the console over the time before the evaluation, as a template.
 * @param search what it is searched for: labels of a filter, and those of the alert that have their values
 */
export function consoleLink(page: string, search: Record<string, string> = {}): string {
  const names = Object.keys(search)
  const matchers = names.map((name) => `${name}=%q`).join(',')
  const values = names.map((name) => `$labels.${search[name]}`).join(' ')
  const query = names.length === 0 ? '' : `&q={{ printf "{${matchers}}" ${values} | urlquery }}`
  return `${CONSOLE}/?page=${page}&from=${epochMs(`time() - ${BEFORE_S}`)}&to=${epochMs('time()')}${query}`
}
