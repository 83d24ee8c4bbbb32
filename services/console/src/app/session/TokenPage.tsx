import { useState } from 'react'
import { CopyLine } from '../../views/basics/CopyLine.js'
import { Wordmark } from '../header/Wordmark.js'
import { tokenIn } from './token.js'

export interface TokenPageProps {
  /** A token was given, and the API did not take it. */
  refused: boolean
  onToken(token: string): void
}

/** Asks for the token, and says where it is. */
export function TokenPage({ refused, onToken }: TokenPageProps) {
  const [text, setText] = useState('')
  return (
    <main className="app-token" data-testid="token-page">
      <form
        onSubmit={(e) => {
          e.preventDefault()
          if (tokenIn(text) !== '') onToken(tokenIn(text))
        }}
      >
        <Wordmark />
        <h1>{refused ? 'This token is not valid' : 'This page needs its token'}</h1>
        <p>
          {refused
            ? 'Headwater refused the token (HTTP 401). It may be from another data folder, or have been replaced.'
            : 'Headwater shows its data only to who holds the token.'}
        </p>
        <label>
          Token, or the whole address
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(e) => setText(e.target.value)}
            // biome-ignore lint/a11y/noAutofocus: the page has this one field
            autoFocus
          />
        </label>
        <button type="submit" className="hw-button hw-primary" disabled={tokenIn(text) === ''}>
          Open the console
        </button>
        <h2>Where to find it</h2>
        <ul>
          <li>
            In the address that <code>npm start</code> or <code>headwater up</code> prints:{' '}
            <code>http://127.0.0.1:4400/#token=…</code>. Open that one.
          </li>
          <li>
            In the file <code>token</code> of the data folder. Where Headwater runs as root:
            <CopyLine command="sudo cat /var/lib/headwater/token" />
          </li>
        </ul>
      </form>
    </main>
  )
}
