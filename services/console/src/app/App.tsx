import { useEffect, useMemo, useState } from 'react'
import { Api } from './api/client.js'
import { TokenPage } from './session/TokenPage.js'
import { savedToken, saveToken, takeTokenFromAddress } from './session/token.js'
import { Console } from './shell/Console.js'

const firstToken = takeTokenFromAddress(location, history)

export function App() {
  const [token, setToken] = useState(() => firstToken ?? savedToken())
  const [refused, setRefused] = useState(false)
  useEffect(() => saveToken(token), [token])
  useEffect(() => {
    const pasted = (): void => {
      const next = takeTokenFromAddress(location, history)
      if (next === undefined) return
      setRefused(false)
      setToken(next)
    }
    addEventListener('hashchange', pasted)
    return () => removeEventListener('hashchange', pasted)
  }, [])
  const api = useMemo(
    () =>
      token === undefined
        ? undefined
        : new Api(token, () => {
            setRefused(true)
            setToken(undefined)
          }),
    [token],
  )
  if (api) return <Console api={api} />
  return (
    <TokenPage
      refused={refused}
      onToken={(given) => {
        setRefused(false)
        setToken(given)
      }}
    />
  )
}
