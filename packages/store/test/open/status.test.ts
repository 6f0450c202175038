import { expect, it, onTestFinished, vi } from 'vitest';
import { oddThrows } from '../../../../test/support/odd-throws.js';
import { StoreClosedError, StoreListenerFailedError } from '../../dist/errors.js';
import { Status } from '../../dist/open/status.js';

const TROUBLE = new StoreClosedError();

it.each([
  ['throws', () => raise()],
  ['rejects', async () => raise()],
])(
  'a listener that %s ends no process, and others hear of it all the same',
  async (_, listener) => {
    const warned = vi.fn();
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const status = new Status();
    const told = vi.fn();
    for (const event of ['degraded', 'ready'] as const) {
      status.on(event, listener);
      status.on(event, told);
    }
    status.report(TROUBLE);
    status.report(undefined);
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(2));
    expect(told.mock.calls).toEqual([[TROUBLE], []]);
    for (const [index, key] of ['degraded', 'ready'].entries()) {
      expect(warned.mock.calls[index]).toMatchObject([
        { code: 'MUSTER_LISTENER_FAILED', key, cause: { message: 'the logger failed' } },
      ]);
    }
  },
);

function raise(): never {
  throw new Error('the logger failed');
}

it.each(Object.entries(oddThrows))('a listener may throw %s', (_, make) => {
  const error = new StoreListenerFailedError('The listener of on() for', 'ready', make());
  expect(error.message).toMatch(/^The listener of on\(\) for "ready" threw: ./);
});
