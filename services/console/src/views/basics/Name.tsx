import { ellipsis, nameOf, printable } from '../../format/text.js'

/** A name from outside: one line of harmless text, isolated from the direction of what is around it, cut with its whole in the title. */
export function Name({ text, max = 64, className }: { text: string; max?: number; className?: string }) {
  return (
    <bdi className={`hw-name ${className ?? ''}`} title={printable(text)}>
      {ellipsis(nameOf(text), max)}
    </bdi>
  )
}
