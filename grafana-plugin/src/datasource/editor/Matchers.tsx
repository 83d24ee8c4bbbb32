import { Button, Combobox, InlineField, Input } from '@grafana/ui'
import type { Matcher, Operator } from '@headwater/contracts/api'
import { useEffect, useState } from 'react'
import { filterLabels } from '../adhoc.js'
import { changed, readRows, withMore, without } from './matcherRows.js'

const labels = filterLabels.map((value) => ({
  value,
  ...(value.includes('_') || value === 'transport' ? {} : { description: 'of either end' }),
}))
const operators = (['=', '!=', '=~', '!~'] as const).map((value) => ({ value }))

export interface MatchersProps {
  filter: string
  onChange(filter: string): void
  values(label: string, prefix: string): Promise<string[]>
}

interface RowProps {
  matcher: Partial<Matcher>
  index: number
  onChange(to: Partial<Matcher>): void
  onRemove(): void
  values: MatchersProps['values']
}

function Row({ matcher, index, onChange, onRemove, values }: RowProps) {
  const { label, operator = '=', value } = matcher
  // Values with a variable in them are the user's own; the list shows what was seen.
  const options = async (typed: string) =>
    label === undefined
      ? []
      : (await values(label, typed)).map((v) => ({ value: v, ...(v === '' && { label: '(none)' }) }))
  return (
    <div style={{ display: 'flex', gap: 4 }} data-testid={`matcher-${index}`}>
      <Combobox
        width={24}
        placeholder="Label"
        aria-label="Label"
        options={labels}
        value={label ?? null}
        onChange={(o: { value: string }) => onChange({ label: o.value })}
      />
      <Combobox
        width={9}
        options={operators}
        value={operator}
        onChange={(o: { value: Operator }) => onChange({ operator: o.value })}
      />
      <Combobox
        key={label}
        width={32}
        placeholder="Value"
        createCustomValue
        disabled={label === undefined}
        options={options}
        value={value === undefined ? null : { value, label: value === '' ? '(none)' : value }}
        onChange={(o: { value: string }) => onChange({ value: o.value })}
      />
      <Button variant="secondary" icon="times" aria-label="Remove matcher" onClick={onRemove} />
    </div>
  )
}

/** Which connections: rows of pickers, and the same matchers as text. Either changes the other. */
export function Matchers({ filter, onChange, values }: MatchersProps) {
  const { matchers, error } = readRows(filter)
  /** A row that has no value yet is in no filter. */
  const [draft, setDraft] = useState<Partial<Matcher>>()
  const [text, setText] = useState(filter)
  useEffect(() => setText(filter), [filter])
  const typed = readRows(text)

  const onDraft = (to: Partial<Matcher>): void => {
    const { label, operator = '=', value } = { ...draft, ...to }
    const whole = label !== undefined && value !== undefined
    setDraft(whole ? undefined : { ...draft, ...to })
    if (whole) onChange(withMore(matchers, { label, operator, value }))
  }
  const take = (): void => {
    if (text !== filter && typed.error === undefined) onChange(text.trim())
  }
  return (
    <div style={{ display: 'grid', gap: 4 }}>
      {matchers.map((m, i) => (
        <Row
          // biome-ignore lint/suspicious/noArrayIndexKey: a matcher is known by its place alone
          key={i}
          index={i}
          matcher={m}
          values={values}
          onChange={(to) => onChange(changed(matchers, i, to))}
          onRemove={() => onChange(without(matchers, i))}
        />
      ))}
      {draft && (
        <Row
          index={matchers.length}
          matcher={draft}
          values={values}
          onChange={onDraft}
          onRemove={() => setDraft(undefined)}
        />
      )}
      <div>
        <Button
          variant="secondary"
          size="sm"
          icon="plus"
          disabled={draft !== undefined || error !== undefined}
          onClick={() => setDraft({})}
        >
          Matcher
        </Button>
      </div>
      <InlineField
        label="Filter"
        labelWidth={12}
        grow
        invalid={typed.error !== undefined}
        error={typed.error}
        tooltip='The same matchers as text: {server_service="cart",server_port=~"80|443"}. A label without client_ or server_ means either end.'
      >
        <Input
          value={text}
          placeholder='all; or {server_service="cart"}'
          aria-label="Filter as text"
          data-testid="filter-text"
          spellCheck={false}
          onChange={(e) => setText(e.currentTarget.value)}
          onBlur={take}
          onKeyDown={(e) => e.key === 'Enter' && take()}
        />
      </InlineField>
    </div>
  )
}
