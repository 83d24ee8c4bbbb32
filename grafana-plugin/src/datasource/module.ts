import '../look/publicPath.js'
import { DataSourcePlugin } from '@grafana/data'
import { HeadwaterDataSource } from './datasource.js'
import { ConfigEditor } from './editor/ConfigEditor.js'
import { QueryEditor } from './editor/QueryEditor.js'
import type { Query, Secrets, Settings } from './types.js'

export const plugin = new DataSourcePlugin<HeadwaterDataSource, Query, Settings, Secrets>(HeadwaterDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
