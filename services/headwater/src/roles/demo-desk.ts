import type { DemoAnswer } from '@headwater/contracts'
import type { Demo } from '@headwater/query'
import type { ToChild } from '../up/messages.js'
import { tell } from './child.js'

/** Longer than any fault takes to be switched, in ms. */
const PATIENCE_MS = 20_000

interface Waiting {
  resolve: (demo: DemoAnswer) => void
  reject: (error: Error) => void
}

/** The lab behind the demo, for the API: it is the supervisor's, and asked for over the IPC channel. */
export class DemoDesk implements Demo {
  readonly #waiting = new Map<number, Waiting>()
  #next = 1

  constructor(private demo: DemoAnswer) {}

  state(): DemoAnswer {
    return this.demo
  }

  setFault(id: string, on: boolean): Promise<DemoAnswer> {
    const request = this.#next++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(request)
        reject(new Error(`the lab does not say whether fault ${id} is ${on ? 'on' : 'off'}`))
      }, PATIENCE_MS)
      const settle =
        <T>(done: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer)
          this.#waiting.delete(request)
          done(value)
        }
      this.#waiting.set(request, { resolve: settle(resolve), reject: settle(reject) })
      void tell({ type: 'fault', request, id, on })
    })
  }

  take({ request, demo, error }: ToChild & { type: 'fault' }): void {
    this.demo = demo
    const waiting = this.#waiting.get(request)
    if (error === undefined) waiting?.resolve(demo)
    else waiting?.reject(new Error(error))
  }
}
