import * as emotion from '@emotion/css'
import * as data from '@grafana/data'
import * as runtime from '@grafana/runtime'
import * as ui from '@grafana/ui'
import * as React from 'react'
import * as ReactDOM from 'react-dom'
import * as rxjs from 'rxjs'

/** What Grafana shares with plugins, under the names that their modules ask for. */
const shared: Record<string, unknown> = {
  '@emotion/css': emotion,
  '@grafana/data': data,
  '@grafana/runtime': runtime,
  '@grafana/ui': ui,
  react: React,
  'react-dom': ReactDOM,
  rxjs,
}

type Define = (needs: string[], factory: (...given: unknown[]) => unknown) => void

const load = (uri: string): Promise<{ plugin: unknown }> =>
  new Promise((resolve, reject) => {
    const script = document.createElement('script')
    const define: Define & { amd?: object } = (needs, factory) => {
      const given = needs.map((need) => {
        if (need === 'module') return { uri: new URL(uri, location.href).href }
        if (!(need in shared)) throw new Error(`the plugin asks for ${need}, which Grafana does not share`)
        return shared[need]
      })
      resolve(factory(...given) as { plugin: unknown })
    }
    define.amd = {}
    ;(window as unknown as { define: Define }).define = define
    script.onerror = () => reject(new Error(`${uri} cannot be loaded`))
    script.src = uri
    document.head.append(script)
  })

let last: Promise<unknown> = Promise.resolve()

/** Loads a plugin's module.js as it was built: an AMD module, given the host's packages. One at a time, since `define` is the page's. */
export function loadModule(uri: string): Promise<{ plugin: unknown }> {
  const loaded = last.then(() => load(uri))
  last = loaded.catch(() => undefined)
  return loaded
}
