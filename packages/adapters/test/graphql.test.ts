// The event target and the engine within one process; two-workers.test.ts has them in several.
import { createEventTarget, createPubSubEngine } from '@muster/adapters/graphql';
import { type Bus, createBus } from '@muster/bus';
import { PubSubEngine, withFilter } from 'graphql-subscriptions';
import { createPubSub } from 'graphql-yoga';
import { afterAll, describe, expect, test, vi } from 'vitest';

const failures: unknown[] = [];
const bus = createBus({ onError: (error) => failures.push(error) });
afterAll(() => bus.close());

describe('the event target', () => {
  const detailOf = (event: { detail: unknown }) => event.detail;

  test('createPubSub of graphql-yoga takes it, and topics with an id are their own', async () => {
    const pubSub = createPubSub<{ said: [text: string]; of: [id: string, by: { name: string }] }>({
      eventTarget: createEventTarget({ bus }),
    });
    const [said, ada, bob] = [
      pubSub.subscribe('said'),
      pubSub.subscribe('of', 'a.d*a'),
      pubSub.subscribe('of', 'bob'),
    ];
    // A Repeater subscribes when it is first asked.
    const first = [said.next(), ada.next(), bob.next()];
    pubSub.publish('said', 'hello');
    pubSub.publish('of', 'bob', { name: 'Bob' });
    pubSub.publish('of', 'a.d*a', { name: 'Ada' });
    expect((await Promise.all(first)).map(({ value }) => value)).toEqual([
      'hello',
      { name: 'Ada' },
      { name: 'Bob' },
    ]);
    await Promise.all([said.return(), ada.return(), bob.return()]);
    expect(bus.stats().dropped).toBe(0);
  });

  test('a listener is called in order, once if it wants, and not after it was removed', async () => {
    const target = createEventTarget({ bus, prefix: 'target' });
    const heard: string[] = [];
    const listener = (event: { detail: unknown }) => void heard.push(`all ${detailOf(event)}`);
    const once = {
      handleEvent: (event: { detail: unknown }) => void heard.push(`once ${event.detail}`),
    };
    const removed = () => void heard.push('removed');
    const ended = new AbortController();
    target.addEventListener('t', listener);
    target.addEventListener('t', listener);
    target.addEventListener('t', once, { once: true });
    target.addEventListener('t', removed);
    target.addEventListener('t', removed.bind(null), { signal: ended.signal });
    target.addEventListener('t', null);
    target.removeEventListener('t', removed);
    ended.abort();
    for (const detail of [1, 2, 3]) target.dispatchEvent(new CustomEvent('t', { detail }));
    await vi.waitFor(() => expect(heard).toContain('all 3'));
    expect(heard).toEqual(['all 1', 'once 1', 'all 2', 'all 3']);
    target.removeEventListener('t', listener);
  });

  test('a listener that throws harms no other one', async () => {
    const target = createEventTarget({ bus, prefix: 'throws' });
    const heard = vi.fn();
    target.addEventListener('t', () => {
      throw new Error('of the listener');
    });
    target.addEventListener('t', heard);
    target.dispatchEvent(new CustomEvent('t', { detail: 1 }));
    await vi.waitFor(() => expect(heard).toHaveBeenCalled());
    expect(failures).toMatchObject([{ code: 'MUSTER_LISTENER_FAILED' }]);
  });

  test('what cannot be carried fails at whoever publishes it', () => {
    const target = createEventTarget({ bus });
    const event = new CustomEvent('t', { detail: () => {} });
    expect(() => target.dispatchEvent(event)).toThrow('Unsupported value');
  });
});

describe('the engine', () => {
  const engine = createPubSubEngine({ bus, prefix: 'engine' });

  test('is a PubSubEngine whose iterators yield what is published, until they are returned', async () => {
    expect(engine).toBeInstanceOf(PubSubEngine);
    const iterator = engine.asyncIterableIterator<string>(['a', 'b']);
    const first = iterator.next();
    await vi.waitFor(async () => {
      await engine.publish('b', 'early');
      expect(await Promise.race([first, undefined])).toEqual({ value: 'early', done: false });
    });
    const filtered = (await withFilter(
      () => engine.asyncIterableIterator<string>('c'),
      (payload) => payload === 'mine',
    )({}, {}, {}, {} as never)) as AsyncIterableIterator<string>;
    const mine = filtered.next();
    await vi.waitFor(async () => {
      await engine.publish('c', 'not mine');
      await engine.publish('c', 'mine');
      expect(await Promise.race([mine, undefined])).toEqual({ value: 'mine', done: false });
    });
    await Promise.all([iterator.return?.(), filtered.return?.()]);
  });

  test('a subscription hears what is published after it has its number, and nothing after its end', async () => {
    const heard: unknown[] = [];
    const id = await engine.subscribe('d', (payload: unknown) => heard.push(payload), {});
    const witness: unknown[] = [];
    await engine.subscribe('d', (payload: unknown) => witness.push(payload), {});
    await engine.publish('d', { at: new Date(0) });
    await vi.waitFor(() => expect(heard).toEqual([{ at: new Date(0) }]));
    engine.unsubscribe(id);
    await engine.publish('d', 'after');
    await vi.waitFor(() => expect(witness).toContain('after'));
    expect(heard).toHaveLength(1);
  });

  test('what cannot be carried rejects', async () => {
    await expect(engine.publish('a', () => {})).rejects.toThrow('Unsupported value');
  });
});

test('a bus may have types for its own events', () => {
  const declared = (..._: unknown[]) => {};
  declared((typed: Bus<{ started: { at: number } }, { sum(of: number[]): number }>) => {
    createEventTarget({ bus: typed });
    createPubSubEngine({ bus: typed });
  });
});
