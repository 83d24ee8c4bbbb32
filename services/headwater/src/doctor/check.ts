/** One thing that doctor looked at. `fail`: a part of Headwater cannot work because of it. */
export interface Check {
  name: string
  state: 'ok' | 'warn' | 'fail'
  detail: string
  /** How to mend it; empty where nothing is to be done. */
  fix: string
}

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail, fix: '' })
export const warn = (name: string, detail: string, fix: string): Check => ({ name, state: 'warn', detail, fix })
export const fail = (name: string, detail: string, fix: string): Check => ({ name, state: 'fail', detail, fix })
