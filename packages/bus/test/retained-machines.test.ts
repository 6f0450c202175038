// Which retained values stay, where another machine tells its own: gateways of three machines, joined by hand.
import { setImmediate } from 'node:timers';
import { afterEach, expect, test, vi } from 'vitest';
import type { Bus } from '../dist/bus.js';
import { openBus } from '../dist/handle/create-bus.js';
import type { Batch } from '../dist/machines/gateway.js';
import { openGateway } from '../dist/machines/router-gateway.js';
import { routerHub } from '../dist/process/router-hub.js';

function startMachine(id: string) {
  const hub = routerHub(() => {});
  const sent: Batch[] = [];
  const gateway = openGateway(hub.router, {
    send(batch, done) {
      sent.push(batch);
      setImmediate(done);
    },
  });
  gateway.identify({ id, epoch: 1, name: id });
  const bus: Bus = openBus({}, false, hub);
  return {
    ...{ id, bus, gateway },
    /** Retains a value. @returns it, as it goes to the log. */
    async retain(topic: string, value: string): Promise<Batch[]> {
      void bus.broadcast(topic, value, { retain: true, self: true });
      const names = () => sent.flatMap(({ packets }) => packets.map(String));
      await vi.waitFor(() => expect(names().some((name) => name.startsWith(topic))).toBe(true));
      return sent.splice(0);
    },
    /** Reads from the log. */
    read(from: string, batches: readonly Batch[]): void {
      const sections = batches.flatMap((batch) => batch.sections);
      for (const { to, bytes } of sections) {
        if (to === '' || to === id) gateway.receive(from, bytes);
      }
    },
    values: (...topics: string[]) => Promise.all(topics.map((topic) => bus.once(topic))),
  };
}

let machines: ReturnType<typeof startMachine>[] = [];

function startMachines() {
  machines = ['a', 'b', 'c'].map(startMachine);
  for (const machine of machines) {
    for (const { id, gateway } of machines) {
      if (id === machine.id) continue;
      machine.gateway.joined({ id, epoch: 1, name: id });
      machine.read(id, gateway.introduction('', false));
    }
  }
  return machines as [(typeof machines)[0], (typeof machines)[0], (typeof machines)[0]];
}

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(machines.map(({ bus }) => bus.close()));
});

test('what a machine tells replaces what was read before it was asked, and nothing that was read later', async () => {
  const [a, b, c] = startMachines();
  for (const id of ['', 'b']) {
    a.read('c', await c.retain('before', 'c'));
    await b.retain('before', `b${id}`);
    await b.retain('missed', `b${id}`);
    await b.retain('after', `b${id}`);
    a.gateway.requested(id);
    const told = b.gateway.introduction('a', true);
    a.read('c', await c.retain('after', 'c'));
    a.read('b', told);
    expect(await a.values('before', 'missed', 'after')).toEqual([`b${id}`, `b${id}`, 'c']);
  }
});

test('the answer of one machine ends no question to another one', async () => {
  const [a, b, c] = startMachines();
  await b.retain('last', 'b');
  a.gateway.requested('b');
  a.gateway.requested('c');
  const told = b.gateway.introduction('a', true);
  a.read('c', c.gateway.introduction('a', true));
  a.read('c', await c.retain('last', 'c'));
  a.read('b', told);
  expect(await a.values('last')).toEqual(['c']);
});

test('a value on its way to the log stays, whatever another machine tells, asked or not', async () => {
  const [a, b] = startMachines();
  await b.retain('last', 'b');
  const own = await a.retain('last', 'a');
  a.read('b', b.gateway.introduction('a', true));
  expect(await a.values('last')).toEqual(['a']);
  for (const batch of own) a.gateway.committed(batch, true);
  a.read('b', b.gateway.introduction('a', true));
  expect(await a.values('last')).toEqual(['b']);
});

test('after a gap what the machine that is asked has set and deleted itself counts, and not what it knows of others', async () => {
  const [a, b, c] = startMachines();
  const first = await c.retain('of another', 'first');
  a.read('c', first);
  b.read('c', first);
  // Which b has missed.
  a.read('c', await c.retain('of another', 'second'));
  const deleted = await b.retain('deleted', 'b');
  a.read('b', deleted);
  b.bus.deleteRetained('deleted');
  await b.retain('missed', 'b');
  await vi.waitFor(() => expect(b.bus.stats().retained.topics).toBe(2));
  a.gateway.requested('b');
  a.read('b', b.gateway.introduction('a', true));
  expect(await a.values('of another', 'missed')).toEqual(['second', 'b']);
  expect(a.bus.stats().retained.topics).toBe(2);
});

test('a value that was deleted does not come back with what a machine tells that has missed the deletion', async () => {
  const [a, b, c] = startMachines();
  const set = await c.retain('deleted', 'c');
  a.read('c', set);
  b.read('c', set);
  c.bus.deleteRetained('deleted');
  // With the deletion before it.
  a.read('c', await c.retain('other', 'c'));
  a.gateway.requested('');
  a.read('b', b.gateway.introduction('a', true));
  expect(a.bus.stats().retained.topics).toBe(1);
  // Whoever has set it since, and is asked, is believed.
  await b.retain('deleted', 'b');
  a.gateway.requested('b');
  a.read('b', b.gateway.introduction('a', true));
  expect(await a.values('deleted', 'other')).toEqual(['b', 'c']);
});

test('a value that a listener has does not come again with an answer', async () => {
  const [a, b] = startMachines();
  a.read('b', await b.retain('last', 'b'));
  const heard: unknown[] = [];
  a.bus.on('last', (value) => heard.push(value));
  await a.bus.whenSubscribed();
  for (const value of ['b', 'next']) {
    if (value === 'next') await b.retain('last', value);
    a.gateway.requested('b');
    a.read('b', b.gateway.introduction('a', true));
  }
  await vi.waitFor(() => expect(heard).toContain('next'));
  expect(heard).toEqual(['b', 'next']);
});

test('what changes is not noted for ever where nobody answers', async () => {
  const [a, b, c] = startMachines();
  await b.retain('first', 'b');
  a.gateway.requested('');
  a.read('c', await c.retain('first', 'c'));
  const later = performance.now() + 120_001;
  const changed = await c.retain('second', 'c');
  vi.spyOn(performance, 'now').mockReturnValue(later);
  a.read('c', changed);
  vi.restoreAllMocks();
  a.read('b', b.gateway.introduction('a', true));
  expect(await a.values('first', 'second')).toEqual(['b', 'c']);
});
