import { addon } from './addon.js'

/** Gives memory that the C library holds without need back to the kernel (malloc_trim(3)), of all threads; nothing where it is not glibc. */
export const giveBackMemory = (): void => addon().giveBackMemory()

/** Has the C library give large blocks back as soon as they are freed, from now on (mallopt(3)); nothing where it is not glibc. */
export const keepLargeBlocksApart = (): void => addon().keepLargeBlocksApart()
