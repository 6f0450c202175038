import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/support/redis/global-setup.ts',
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // For a test that hangs: none waits for time to pass, and a machine that is busy with other things may be slow.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 10_000,
    // Most tests fork processes of their own: on two cores, more files at once only wait for each other.
    maxWorkers: 2,
  },
});
