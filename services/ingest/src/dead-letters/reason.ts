import { StoreError } from '@headwater/store'

/** A fault of ours that one message has brought to light: it is put aside, with what was thrown, and those behind it go on. */
export const INTERNAL_ERROR = 'internal-error'

/** Of a batch that could not be stored, though the store is there. */
export const reasonOf = (error: Error): string => (error instanceof StoreError ? 'refused-by-store' : INTERNAL_ERROR)
