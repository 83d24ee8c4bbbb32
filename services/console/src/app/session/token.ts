const KEY = 'headwater.token'

/** What a token is read from: the pasted text may be the token, or the whole address with `#token=...`. */
export const tokenIn = (text: string): string => (/#.*?\btoken=([^&\s]+)/.exec(text)?.[1] ?? text).trim()

/** The token of the address bar's fragment, taken out of it at once, so that it is in no history, link or picture. */
export function takeTokenFromAddress(location: Location, history: History): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const token = fragment.get('token')
  if (token === null || token === '') return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  return token
}

export function savedToken(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined
  }
}

export function saveToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, token)
  } catch {
    // Storage forbidden: the token lasts as long as the page.
  }
}
