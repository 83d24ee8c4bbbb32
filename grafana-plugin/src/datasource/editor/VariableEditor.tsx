import type { QueryEditorProps } from '@grafana/data'
import { Combobox, InlineField } from '@grafana/ui'
import { filterLabels } from '../adhoc.js'
import type { HeadwaterDataSource } from '../datasource.js'
import type { Query, Settings, VariableQuery } from '../types.js'

type Props = QueryEditorProps<HeadwaterDataSource, Query, Settings, VariableQuery>

const options = filterLabels.map((value) => ({ value }))

/** Which label's values a variable takes. */
export function VariableEditor({ query, onChange }: Props) {
  const label = typeof query === 'object' ? query.label : undefined
  return (
    <InlineField
      label="Values of label"
      labelWidth={20}
      tooltip='In a filter: {server_service="$name"}. With several values chosen, = becomes =~ by itself.'
    >
      <Combobox
        width={32}
        data-testid="variable-label"
        placeholder="Choose a label"
        options={options}
        value={label ?? null}
        onChange={(o: { value: string }) => onChange({ refId: 'Headwater variable', label: o.value })}
      />
    </InlineField>
  )
}
