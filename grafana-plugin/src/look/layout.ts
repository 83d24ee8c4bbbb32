import { InlineLayout, type Layout } from '@headwater/console'

type Request = Parameters<Layout['request']>[0]

/**
 * Lays out in a worker, and on the calling thread where there can be none: a content security policy or an address of another
 * origin for plugins forbids workers only when one is made, or when its script is loaded.
 */
class WorkerOrInline implements Layout {
  onResult: Layout['onResult']
  #worker: Worker | undefined
  #inline: InlineLayout | undefined
  #last: Request | undefined

  constructor(make: () => Worker) {
    try {
      const worker = make()
      worker.onmessage = (event) => this.onResult?.(event.data)
      worker.onerror = (event) => {
        event.preventDefault()
        this.fallBack()
      }
      this.#worker = worker
    } catch {
      this.fallBack()
    }
  }

  request(request: Request): void {
    this.#last = request
    if (this.#inline) this.#inline.request(request)
    else this.#worker?.postMessage(request)
  }

  dispose(): void {
    this.#worker?.terminate()
    this.#inline?.dispose()
  }

  private fallBack(): void {
    this.#worker?.terminate()
    this.#worker = undefined
    const inline = new InlineLayout()
    inline.onResult = (result) => this.onResult?.(result)
    this.#inline = inline
    if (this.#last) inline.request(this.#last)
  }
}

const makeWorker = (): Worker =>
  new Worker(/* webpackChunkName: "layout" */ new URL('@headwater/console/layout-worker', import.meta.url))

export const createLayout = (where: 'worker' | 'inline'): Layout =>
  where === 'inline' ? new InlineLayout() : new WorkerOrInline(makeWorker)
