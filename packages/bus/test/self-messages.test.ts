// What waits in a process that knows nobody yet, or does not listen to itself: within a bound, and not for ever.

import { once } from 'node:events';
import type { Bus, BusOptions } from '@muster/bus';
import { describe, expect, it, vi } from 'vitest';
import { openBus } from '../dist/handle/create-bus.js';
import { routerHub } from '../dist/process/router-hub.js';
import { workerHub } from '../dist/process/worker-hub.js';

const KIB = 1024;
const text = 'x'.repeat(KIB);

const lone = (options: BusOptions): Bus =>
  openBus(
    options,
    false,
    routerHub(() => {}),
  );
/** A worker whose primary has no bus. */
const unknown = (options: BusOptions): Bus =>
  openBus(
    options,
    false,
    workerHub(() => ({ send() {} }), undefined),
  );

const codeOf = (error: { code: string }) => error.code;
const later = () => new Promise((resolve) => setImmediate(resolve));

describe('what a process sends to itself before it listens', () => {
  it('has the bound of an outbox: the oldest broadcasts go, and calls are refused', async () => {
    // One a process, when it listens.
    const warned = once(process, 'warning');
    const bus = lone({ maxOutboxBytes: 64 * KIB });
    for (let n = 0; n < 200; n++) bus.broadcast('said', `${n} ${text}`, { self: true });
    await later();
    const { bytes, messages, dropped } = bus.stats();
    expect(bytes).toBeLessThan(64 * KIB);
    expect(messages + dropped).toBe(200);
    // Broadcasts make room for calls.
    const fits = bus.request('primary', 'echo', 'x'.repeat(50 * KIB));
    const refused = bus.request('primary', 'echo', 'x'.repeat(50 * KIB)).catch(codeOf);
    expect(await refused).toBe('MUSTER_BACKPRESSURE');
    const heard: number[] = [];
    bus.on('said', (said) => heard.push(Number.parseInt(said, 10)));
    bus.handle('echo', (value: string) => value.length);
    expect(await fits).toBe(50 * KIB);
    const [{ code, message }] = await warned;
    expect(code).toBe('MUSTER_BACKPRESSURE');
    expect(message).toContain('for the process that sent them were dropped');
    expect(heard.length).toBeGreaterThan(5);
    expect(heard).toEqual(heard.map((_, i) => 200 - heard.length + i));
  });

  it('waits for keepMs, and then for nobody', async () => {
    const bus = lone({ keepMs: 20 });
    const asked = bus.request('primary', 'echo', 1, { timeoutMs: 60_000 }).catch((error) => error);
    for (let n = 0; n < 10; n++) bus.broadcast('said', n, { self: true });
    const error = await asked;
    expect([error.code, error.message]).toEqual([
      'MUSTER_NO_HANDLER',
      expect.stringContaining("No handler for 'echo' in the primary"),
    ]);
    expect(bus.stats()).toMatchObject({ dropped: 0, bytes: 0, messages: 0 });
    const heard: number[] = [];
    bus.on('said', (said) => heard.push(said));
    bus.broadcast('said', 'now', { self: true });
    await vi.waitFor(() => expect(heard).toEqual(['now']));
  });

  it('says that there is no handler, and not that one is slow', async () => {
    const bus = lone({});
    expect(await bus.request('primary', 'echo', 1, { timeoutMs: 10 }).catch(codeOf)).toBe(
      'MUSTER_NO_HANDLER',
    );
    bus.handle('never', () => new Promise(() => {}));
    await later();
    expect(await bus.request('primary', 'never', 1, { timeoutMs: 10 }).catch(codeOf)).toBe(
      'MUSTER_REQUEST_TIMEOUT',
    );
  });
});

describe('what a worker sends before it knows who is there', () => {
  it('has the bound of an outbox, and room again when a call gives up', async () => {
    const bus = unknown({ maxOutboxBytes: 64 * KIB });
    const large = 'x'.repeat(40 * KIB);
    const ask = (timeoutMs: number) => bus.request(1, 'echo', large, { timeoutMs }).catch(codeOf);
    const [first, second] = [ask(50), ask(50)];
    expect(await second).toBe('MUSTER_BACKPRESSURE');
    expect(await first).toBe('MUSTER_REQUEST_TIMEOUT');
    const third = ask(10);
    for (let n = 0; n < 6_000; n++) bus.broadcast('said', text, { to: 'worker', self: true });
    expect(await third).toBe('MUSTER_REQUEST_TIMEOUT');
    // A limit, and 4 MiB of a sender that does not wait.
    const { dropped } = bus.stats();
    expect(6_000 - dropped).toBeGreaterThan(3_000);
    expect(dropped).toBeGreaterThan(1_000);
  });

  it('throws, or waits, as the bus says', async () => {
    const fill = (bus: Bus) => {
      for (let n = 0; n < 100; n++) bus.broadcast('said', text, { to: 'worker', self: true });
    };
    const strict = unknown({ maxOutboxBytes: 64 * KIB, whenFull: 'error' });
    expect(() => fill(strict)).toThrow(expect.objectContaining({ code: 'MUSTER_BACKPRESSURE' }));
    const patient = unknown({ maxOutboxBytes: 64 * KIB });
    fill(patient);
    let waits = true;
    void patient.broadcast('said', text).then(() => {
      waits = false;
    });
    await later();
    await later();
    expect(waits).toBe(true);
  });
});
