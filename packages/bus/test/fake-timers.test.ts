// A test that fakes timers means its own code: the bus goes on, then and later.
import { createBus } from '@muster/bus';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => void vi.useRealTimers());

test('messages and requests within one process, under fake timers and under real ones later', async () => {
  await using bus = createBus();
  bus.handle('double', (n: number) => n * 2);
  bus.handle('never', () => new Promise(() => {}));
  const exchange = async () => {
    const heard = new Promise((resolve) => bus.on('said', resolve));
    bus.broadcast('said', 'hello', { self: true });
    expect(await heard).toBe('hello');
    expect(await bus.request('primary', 'double', 21)).toBe(42);
    await expect(
      bus.request('primary', 'never', undefined, { timeoutMs: 20 }),
    ).rejects.toMatchObject({ code: 'MUSTER_REQUEST_TIMEOUT' });
  };
  vi.useFakeTimers();
  await exchange();
  vi.useRealTimers();
  await exchange();
});
