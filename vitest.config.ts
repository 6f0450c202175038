import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/support/redis/global-setup.ts',
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    // Most tests fork processes of their own: on two cores, more files at once only wait for each other.
    maxWorkers: 2,
  },
});
