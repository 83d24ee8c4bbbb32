import type { DataSourceApi, DataSourceInstanceSettings } from '@grafana/data'
import {
  type BackendSrv,
  type BackendSrvRequest,
  type DataSourceSrv,
  type FetchResponse,
  setBackendSrv,
  setDataSourceSrv,
  setEchoSrv,
  setTemplateSrv,
} from '@grafana/runtime'
import { from } from 'rxjs'
import { Templates } from './templates.js'

export const templates = new Templates()

async function ask(request: BackendSrvRequest): Promise<FetchResponse> {
  const query = request.params ? `?${new URLSearchParams(request.params as Record<string, string>)}` : ''
  const response = await fetch(request.url + query, {
    method: request.method ?? 'GET',
    headers: { 'content-type': 'application/json', ...request.headers },
    ...(request.data !== undefined && { body: JSON.stringify(request.data) }),
  })
  const answer = {
    data: await response.json(),
    status: response.status,
    statusText: response.statusText,
    config: request,
  }
  if (!response.ok) throw answer
  return answer as unknown as FetchResponse
}

/** What Grafana's app sets up for @grafana/runtime: requests to this very server, one data source, its variables. */
export function setServices(settings: DataSourceInstanceSettings, source: () => DataSourceApi): void {
  const backend = { fetch: (request: BackendSrvRequest) => from(ask(request)) }
  setBackendSrv(backend as unknown as BackendSrv)
  setTemplateSrv(templates)
  setEchoSrv({ addEvent: () => undefined, addBackend: () => undefined, flush: () => undefined })
  setDataSourceSrv({
    get: () => Promise.resolve(source()),
    getList: () => [settings],
    getInstanceSettings: () => settings,
    reload: () => undefined,
    registerRuntimeDataSource: () => undefined,
  } as unknown as DataSourceSrv)
}
