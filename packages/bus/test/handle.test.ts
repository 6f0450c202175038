// One process, several buses: what belongs to each handle, and what to the process.

import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BusOptions, createBus } from '@muster/bus';
import { expect, test, vi } from 'vitest';

test('options that cannot be are refused with what to give', () => {
  const wrong: [string, unknown][] = [
    ['whenFull', 'wait'],
    ['maxOutboxBytes', 0],
    ['maxMessageBytes', Number.NaN],
    ['maxMessageBytes', 65 * 1024 * 1024],
    ['timeoutMs', -1],
  ];
  for (const [name, value] of wrong) {
    expect(() => createBus({ [name]: value } as BusOptions)).toThrow(
      expect.objectContaining({
        code: 'MUSTER_INVALID_OPTION',
        message: expect.stringContaining(name),
      }),
    );
  }
});

test('once settles: with the message, the reason of its signal, or the end of its bus', async () => {
  await using bus = createBus();
  const closing = createBus();
  const next = bus.once('next');
  const controller = new AbortController();
  const aborted = bus.once('next', { signal: controller.signal });
  const ended = closing.once('next');
  const reason = new Error('no longer');
  controller.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  await expect(bus.once('next', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  await Promise.all([
    expect(ended).rejects.toMatchObject({ code: 'MUSTER_BUS_CLOSED' }),
    closing.close(),
  ]);
  bus.broadcast('next', 1, { self: true });
  bus.broadcast('next', 2, { self: true });
  expect(await next).toBe(1);
});

test('a call has one handler in a process, and its end makes room for another', async () => {
  await using bus = createBus();
  const other = createBus();
  other.handle('who', () => 'other');
  expect(() => bus.handle('who', () => 'bus')).toThrow(
    expect.objectContaining({ code: 'MUSTER_HANDLER_TAKEN' }),
  );
  expect(await bus.request('primary', 'who', null)).toBe('other');
  await other.close();
  await expect(bus.request('primary', 'who', null)).rejects.toMatchObject({
    code: 'MUSTER_NO_HANDLER',
  });
  const end = bus.handle('who', () => 'bus');
  expect(await bus.request('primary', 'who', null)).toBe('bus');
  end();
  await expect(other.request('primary', 'who', null)).rejects.toMatchObject({
    code: 'MUSTER_BUS_CLOSED',
  });
});

test('a request has a time that can be, however long', async () => {
  await using bus = createBus();
  bus.handle('slow', () => new Promise((resolve) => setImmediate(() => resolve('answered'))));
  bus.handle('never', () => new Promise(() => {}));
  const ask = (timeoutMs: number) => bus.request('primary', 'slow', null, { timeoutMs });
  for (const wrong of [0, -1, Number.NaN, '5' as unknown as number]) {
    await expect(ask(wrong)).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
  }
  for (const long of [2 ** 31, 1e12, Number.POSITIVE_INFINITY]) {
    expect(await ask(long)).toBe('answered');
  }
  // Many at once, of several times, some of which are over while others are answered.
  const outcomes = await Promise.all(
    Array.from({ length: 500 }, (_, i) =>
      bus
        .request('primary', i % 2 === 0 ? 'slow' : 'never', null, { timeoutMs: i % 2 ? i : 60_000 })
        .catch((error: { code: string }) => error.code),
    ),
  );
  expect(outcomes).toEqual(
    Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? 'answered' : 'MUSTER_REQUEST_TIMEOUT')),
  );
});

test('two copies of the package share the hub of their process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bus-'));
  const here = fileURLToPath(new URL('..', import.meta.url));
  try {
    await cp(join(here, 'dist'), join(folder, 'dist'), { recursive: true });
    await cp(join(here, 'package.json'), join(folder, 'package.json'));
    await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
    const copy = (await import(pathToFileURL(join(folder, 'dist/index.js')).href)) as {
      createBus: typeof createBus;
    };
    expect(copy.createBus).not.toBe(createBus);
    await using bus = createBus();
    await using other = copy.createBus();
    const heard: unknown[] = [];
    other.on('said', (payload) => heard.push(payload));
    other.handle('copy', () => 'answered');
    bus.broadcast('said', 'by the first', { self: true });
    await vi.waitFor(() => expect(heard).toEqual(['by the first']));
    expect(await bus.request('primary', 'copy', null)).toBe('answered');
  } finally {
    await rm(folder, { recursive: true });
  }
});
