import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atMost, unlessAborted, within } from '../../dist/process/deadline.js';

const never = new Promise<never>(() => {});
const failed = Promise.reject(new Error('failed'));
failed.catch(() => {});
const late = () => new Error('late');

describe('a promise that is waited for', () => {
  it('within a time gives what it settles with, or the error of who waits', async () => {
    expect(await within(60_000, Promise.resolve(7), late)).toBe(7);
    await expect(within(60_000, failed, late)).rejects.toThrow('failed');
    await expect(within(0, never, late)).rejects.toThrow('late');
    await expect(within(Infinity, delay(5, 'came'), late)).resolves.toBe('came');
  });

  it('for a time at most ends the wait with it, or without', async () => {
    expect(await atMost(60_000, Promise.resolve(7))).toBeUndefined();
    expect(await atMost(0, never)).toBeUndefined();
    await expect(atMost(60_000, failed)).rejects.toThrow('failed');
  });

  it('unless a signal is aborted rejects with its reason, before or meanwhile', async () => {
    const over = new AbortController();
    expect(await unlessAborted(Promise.resolve(7), over.signal)).toBe(7);
    await expect(unlessAborted(failed, over.signal)).rejects.toThrow('failed');
    const waiting = unlessAborted(never, over.signal);
    over.abort(late());
    await expect(waiting).rejects.toThrow('late');
    await expect(unlessAborted(never, over.signal)).rejects.toThrow('late');
  });
});
