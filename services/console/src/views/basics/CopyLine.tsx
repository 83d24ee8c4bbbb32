import { useState } from 'react'

/** Where the page is not a secure context (plain http beyond loopback) there is no clipboard API: the line is selected instead. */
async function copy(text: string, line: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    if (line) getSelection()?.selectAllChildren(line)
    return false
  }
}

/** A command to run, with a button that copies it. */
export function CopyLine({ command }: { command: string }) {
  const [said, say] = useState('Copy')
  return (
    <div className="hw-copyline">
      <code>{command}</code>
      <button
        type="button"
        className="hw-button"
        onClick={async (e) => {
          const line = e.currentTarget.previousElementSibling
          say((await copy(command, line instanceof HTMLElement ? line : null)) ? 'Copied' : 'Press Ctrl+C')
          setTimeout(say, 2_000, 'Copy')
        }}
      >
        {said}
      </button>
    </div>
  )
}
