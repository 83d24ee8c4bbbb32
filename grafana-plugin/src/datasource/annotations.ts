import type { AnnotationSupport } from '@grafana/data'
import { AnnotationEditor } from './editor/AnnotationEditor.js'
import type { Query } from './types.js'

/** New edges, changes of health, silent nodes: what happened in the range, by the fields time, title, text, tags. */
export const annotations: AnnotationSupport<Query> = {
  getDefaultQuery: () => ({ queryType: 'changes', groupBy: 'service', filter: '' }),
  prepareQuery: ({ target }) => ({ ...target, refId: target?.refId ?? 'Anno', queryType: 'changes' }),
  QueryEditor: AnnotationEditor,
}
