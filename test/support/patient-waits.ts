// vitest gives what is waited for a second (`vi.waitFor`), and a machine that is busy with other things stands still for
// longer: whatever a test says, it waits at least this long. `expect.poll` has the same from vitest.config.ts.
import { vi } from 'vitest';
import { PATIENCE_MS } from './patience.js';

const { waitFor } = vi;

type Wait = typeof waitFor;

const waitPatiently: Wait = (callback, options = {}) => {
  const { timeout = 0, ...rest } = typeof options === 'number' ? { timeout: options } : options;
  return waitFor(callback, { ...rest, timeout: Math.max(timeout, PATIENCE_MS) });
};

// Files share their process: it may have been done.
if (waitFor.name !== waitPatiently.name) vi.waitFor = waitPatiently;
