import { printable } from '@headwater/console'

/** Why there is nothing to see, and what to do about it. */
export function Notice({ title, text, bad = false }: { title: string; text: string; bad?: boolean }) {
  return (
    <div className="hw-notice" role={bad ? 'alert' : 'status'} data-testid="notice">
      <h2 className={bad ? 'hw-bad' : ''}>{printable(title)}</h2>
      <p>{printable(text)}</p>
    </div>
  )
}
