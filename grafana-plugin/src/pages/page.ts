import type { Completeness } from '@headwater/contracts/api'
import { useEffect } from 'react'
import type { PageState } from './state.js'

export interface PageProps {
  /** Uid of the data source. */
  uid: string
  state: PageState
  onCompleteness(completeness: Completeness | undefined): void
}

/** Tells the bar over the page how complete its answer is. */
export function useCompleteness(completeness: Completeness | undefined, tell: PageProps['onCompleteness']): void {
  useEffect(() => tell(completeness), [completeness, tell])
}
