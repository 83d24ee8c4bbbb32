import { defineConfig } from 'vitest/config'

const common = {
  exclude: ['**/node_modules/**', '**/dist/**', '**/.nx/**'],
  // What was found instead is in the message, not only in the difference printed beside it.
  chaiConfig: { truncateThreshold: 400 },
}

/** Three projects by file name: unit, it (real services), e2e (a browser). Services are real, so it and e2e run a file at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...common.exclude, '**/*.it.test.ts', '**/*.e2e.test.ts'],
          // No test asserts how fast it is: on a busy machine what takes a second may take ten.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...common,
          name: 'it',
          include: ['**/*.it.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...common,
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          fileParallelism: false,
          // A browser on a busy machine takes longer than vitest's second.
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
