import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8's young generation at the 2 MB that it begins with, two halves of 1 MB. Left to itself it grows to 32 MB while code is
 * loaded, and keeps them for life; what an agent moves lies in typed arrays outside of it. For a process of the agent's alone, before
 * the rest of its code is loaded. V8 reads the flag at each growth; where it does not know it, it says so on stderr and goes on.
 */
export const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1')
