import { InlineField, Input } from '@grafana/ui'
import type { Query } from '../types.js'
import { Matchers } from './Matchers.js'
import type { EditorProps } from './QueryEditor.js'

/** Annotations are the changes of the range: only which connections is to be chosen. */
export function AnnotationEditor({ datasource, query, onChange, onRunQuery, range }: EditorProps) {
  const set = (to: Partial<Query>): void => {
    onChange({ ...query, queryType: 'changes', ...to })
    onRunQuery()
  }
  return (
    <div data-testid="headwater-annotation-editor">
      <InlineField label="Shows" labelWidth={12}>
        <Input readOnly width={60} value="new edges, changes of health, nodes that fell silent" />
      </InlineField>
      <Matchers
        filter={query.filter ?? ''}
        onChange={(filter) => set({ filter })}
        values={(label, prefix) => datasource.values(label, prefix, range)}
      />
    </div>
  )
}
