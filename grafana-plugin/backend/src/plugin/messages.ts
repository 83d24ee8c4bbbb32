/** Messages of proto/pluginv2.proto as the decoder gives them: every field is there, 64-bit numbers are numbers. */
export interface PluginContext {
  orgId: number
  pluginVersion: string
  dataSourceInstanceSettings?: {
    name: string
    uid: string
    jsonData: Uint8Array
    decryptedSecureJsonData: Record<string, string>
  }
}

export interface DataQuery {
  refId: string
  maxDataPoints: number
  intervalMS: number
  timeRange?: { fromEpochMS: number; toEpochMS: number }
  json: Uint8Array
  queryType: string
}

export interface QueryDataRequest {
  pluginContext?: PluginContext
  headers: Record<string, string>
  queries: DataQuery[]
}

export interface DataResponse {
  frames: Uint8Array[]
  error?: string
  status: number
  errorSource?: 'plugin' | 'downstream'
}

export interface CallResourceRequest {
  pluginContext?: PluginContext
  path: string
  method: string
  url: string
}

export interface CallResourceResponse {
  code: number
  headers: Record<string, { values: string[] }>
  body: Uint8Array
}

export interface CheckHealthRequest {
  pluginContext?: PluginContext
}

export interface CheckHealthResponse {
  status: 1 | 2
  message: string
  jsonDetails: Uint8Array
}

/** What answers; `signal` aborts when the caller is gone or its deadline is over. */
export interface Handlers {
  queryData(request: QueryDataRequest, signal: AbortSignal): Promise<{ responses: Record<string, DataResponse> }>
  checkHealth(request: CheckHealthRequest, signal: AbortSignal): Promise<CheckHealthResponse>
  callResource(request: CallResourceRequest, signal: AbortSignal): Promise<CallResourceResponse>
  collectMetrics(): string
}
