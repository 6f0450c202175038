import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './test/support/patience.js';
import { SlowFirst } from './test/support/slow-first.js';

export default defineConfig({
  test: {
    globalSetup: ['test/support/bundle.js', 'test/support/redis/global-setup.ts'],
    setupFiles: ['test/support/one-process.ts', 'test/support/patient-waits.ts'],
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // For a test that hangs: none waits for time to pass, and a machine that is busy with other things may be slow.
    testTimeout: 240_000,
    hookTimeout: 300_000,
    teardownTimeout: 10_000,
    expect: { poll: { timeout: PATIENCE_MS } },
    sequence: { sequencer: SlowFirst },
    // A file waits for processes more often than it computes: with four at once, a third of two cores is idle. With six, what
    // has to come within a second or so sometimes does not.
    maxWorkers: 5,
    // A file leaves nothing behind in its process: the next one is loaded there, and not in a new one with all that it
    // imports. What tsc has compiled is loaded by Node, and not transformed once more.
    isolate: false,
    server: { deps: { external: [/\/packages\/[a-z]+\/(dist|lib)\//] } },
  },
});
