import type { QueryEditorProps } from '@grafana/data'
import { Combobox, InlineField, InlineFieldRow, InlineSwitch, Input, MultiCombobox } from '@grafana/ui'
import type { Grouping } from '@headwater/contracts/api'
import { type Format, type QueryType, type Split, takesFilter, takesGrouping } from '../../../model/query.js'
import type { HeadwaterDataSource } from '../datasource.js'
import { defaultsFor } from '../defaults.js'
import type { Query, Settings } from '../types.js'
import {
  fieldChoices,
  formatChoices,
  groupingChoices,
  hasLimit,
  hasSplit,
  splitChoices,
  typeChoices,
} from './choices.js'
import { Matchers } from './Matchers.js'

export type EditorProps = QueryEditorProps<HeadwaterDataSource, Query, Settings>

const WIDTH = 12

/** What a query asks for. Every choice is one key of the query model (model/query.ts). */
export function QueryEditor({ datasource, query, onChange, onRunQuery, range, app }: EditorProps) {
  const q = { ...defaultsFor(app), ...query }
  const type = (q.queryType ?? 'map') as QueryType
  const set = (to: Partial<Query>): void => {
    onChange({ ...query, ...q, ...to })
    onRunQuery()
  }
  const setType = (queryType: QueryType): void => {
    const fits = formatChoices(queryType).some((f) => f.value === q.format)
    set({ queryType, fields: [], ...(!fits && { format: formatChoices(queryType)[0]?.value ?? 'frames' }) })
  }
  const own = groupingChoices.some((g) => g.value === q.groupBy)
  return (
    <div data-testid="headwater-query-editor">
      <InlineFieldRow>
        <InlineField label="Query" labelWidth={WIDTH}>
          <Combobox
            width={24}
            data-testid="query-type"
            options={typeChoices}
            value={type}
            onChange={(o: { value: QueryType }) => setType(o.value)}
          />
        </InlineField>
        {takesGrouping(type) && (
          <InlineField label="Group by" tooltip="What a node or a row stands for; a variable such as $group works too.">
            <Combobox
              width={18}
              createCustomValue
              data-testid="group-by"
              options={groupingChoices as { value: string; label: string }[]}
              value={own ? (q.groupBy ?? 'service') : { value: q.groupBy ?? '', label: q.groupBy ?? '' }}
              onChange={(o: { value: string }) => set({ groupBy: o.value as Grouping })}
            />
          </InlineField>
        )}
        {hasSplit(type) && (
          <InlineField label="Series for">
            <Combobox
              width={18}
              data-testid="split"
              options={splitChoices}
              value={q.split ?? 'none'}
              onChange={(o: { value: Split }) => set({ split: o.value })}
            />
          </InlineField>
        )}
        <InlineField label="Format">
          <Combobox
            width={22}
            data-testid="format"
            options={formatChoices(type)}
            value={q.format ?? 'frames'}
            onChange={(o: { value: Format }) => set({ format: o.value })}
          />
        </InlineField>
      </InlineFieldRow>
      {takesFilter(type) && (
        <Matchers
          filter={q.filter ?? ''}
          onChange={(filter) => set({ filter })}
          values={(label, prefix) => datasource.values(label, prefix, range)}
        />
      )}
      <InlineFieldRow>
        <InlineField
          label="Fields"
          labelWidth={WIDTH}
          tooltip="Which of the series, or which columns; none chosen: all. For one number with labels, the first is the number; labels after it are all that it is told apart by."
        >
          <MultiCombobox
            width={44}
            createCustomValue
            placeholder="all"
            data-testid="fields"
            options={fieldChoices(type)}
            value={q.fields ?? []}
            onChange={(options) => set({ fields: options.map((o) => o.value) })}
          />
        </InlineField>
        {hasLimit(type) && (
          <InlineField label="Limit" tooltip="At most so many rows, nodes or series, the busiest of them.">
            <Input
              width={10}
              type="number"
              min={1}
              placeholder="auto"
              defaultValue={q.limit}
              onBlur={(e) => {
                const limit =
                  e.currentTarget.value === '' ? undefined : Math.max(1, Math.floor(Number(e.currentTarget.value)))
                const { limit: _before, ...rest } = { ...query, ...q }
                if (limit === q.limit) return
                onChange(limit === undefined ? rest : { ...rest, limit })
                onRunQuery()
              }}
            />
          </InlineField>
        )}
        <InlineField label="Headwater's own" tooltip="Connections of Headwater itself are left out unless this is on.">
          <InlineSwitch value={q.self ?? false} onChange={(e) => set({ self: e.currentTarget.checked })} />
        </InlineField>
      </InlineFieldRow>
    </div>
  )
}
