// What is new where there are several machines, and what becomes of it when the link breaks.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MemoryLog } from '../dist/link/memory/memory-log.js';
import {
  allJoined,
  startMachine,
  stopMachines,
  type TestMachine,
  type TestMachineOptions,
} from './support/memory-group.js';

/** Short, and long enough for a machine that stands still now and then: its epochs come and go, and nothing else. */
const GONE_MS = 400;

describe('machines of one group', () => {
  let machines: TestMachine[] = [];

  async function start(
    names: readonly string[],
    options: TestMachineOptions = {},
    log = new MemoryLog(),
  ) {
    const added = names.map((name) => startMachine(log, name, options));
    machines.push(...added);
    await allJoined(machines);
    return added as [TestMachine, TestMachine, TestMachine];
  }

  afterEach(async () => {
    await stopMachines(machines);
    machines = [];
  });

  /** Hears of a topic at one worker, once the others know of it. */
  async function listen(machine: TestMachine, topic: string, slot = 0): Promise<unknown[]> {
    const heard: unknown[] = [];
    machine.worker(slot).on(topic, (payload) => heard.push(payload));
    await machine.worker(slot).whenSubscribed();
    return heard;
  }

  /** What one sends now, the other one knows of when this resolves. */
  async function passed(from: TestMachine, to: TestMachine): Promise<void> {
    const topic = `passed.${Math.random()}`.replace('0.', '');
    const came = to.worker(0).once(topic);
    void from.worker(0).broadcast(topic, null, { retain: true });
    await came;
  }

  test('members say which machine they are of, and a target may name one', async () => {
    const [a, b] = await start(['a', 'b']);
    const members = a
      .worker(0)
      .members()
      .map(({ machine, slot }) => `${machine}/${slot}`);
    expect(members.sort()).toEqual(['a/0', 'a/1', 'a/primary', 'b/0', 'b/1', 'b/primary']);
    expect(b.worker(1).self).toMatchObject({ machine: 'b', slot: 1 });
    const heard = { a: await listen(a, 'said', 1), b: await listen(b, 'said', 1) };
    await passed(b, a);
    const say = (payload: string, to: object) => a.worker(0).broadcast('said', payload, to);
    void say('slot 1', { to: 1 });
    void say('slot 1 of b', { to: { machine: 'b', slot: 1 } });
    void say('slot 0 of b', { to: { machine: 'b', slot: 0 } });
    void say('not b', { except: { machine: 'b' } });
    void say('stays', { scope: 'machine' });
    void say('workers', { to: 'worker' });
    await vi.waitFor(() => expect(heard.b).toEqual(['slot 1 of b', 'workers']));
    expect(heard.a).toEqual(['slot 1', 'not b', 'stays', 'workers']);
  });

  test('a value that is retained with `scope: machine` stays at home, however long it is', async () => {
    const [a, b] = await start(['a', 'b'], { slots: [0, 1, 2] });
    const before = { a: await listen(a, 'home', 1), b: await listen(b, 'home', 1) };
    await passed(b, a);
    const retain = (value: unknown) =>
      a.worker(0).broadcast('home', value, { retain: true, scope: 'machine' });
    void retain('short');
    void retain({ long: 'x'.repeat(1_000_000) });
    void retain('last');
    await passed(a, b);
    await vi.waitFor(() =>
      expect(before.a).toEqual(['short', { long: expect.any(String) }, 'last']),
    );
    const later = { a: await listen(a, 'home', 2), b: await listen(b, 'home', 2) };
    await vi.waitFor(() => expect(later.a).toEqual(['last']));
    await passed(a, b);
    expect(before.b.length + later.b.length).toBe(0);
  });

  test('a request to a role stays at home where somebody is there, and goes elsewhere where nobody is', async () => {
    const log = new MemoryLog();
    const [a] = await start(['a'], { slots: [0, 1] }, log);
    const [b] = await start(['b'], { slots: [0, 1] }, log);
    for (const { name, workers } of [a, b]) {
      for (const bus of workers.values()) bus.handle('who', () => name);
    }
    const ask = () => a.worker(0).request('worker', 'who', null);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['a', 'a', 'a']);
    a.kill(1);
    await vi.waitFor(async () => expect(await ask()).toBe('b'));
  });

  test('a request to a role passes over members that have no handler for it, at home and elsewhere', async () => {
    const log = new MemoryLog();
    const [a] = await start(['a'], { slots: [0, 1, 2] }, log);
    const [b] = await start(['b'], { slots: [0, 1] }, log);
    // A worker that listens to nothing may still be starting: then its requests wait.
    for (const bus of [...a.workers.values(), ...b.workers.values()]) bus.handle('other', () => {});
    b.worker(1).handle('who', () => 'b');
    a.worker(2).handle('who', () => 'a');
    const ask = () => a.worker(0).request('worker', 'who', null);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['a', 'a', 'a']);
    a.kill(2);
    await vi.waitFor(async () => expect(await ask()).toBe('b'));
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['b', 'b', 'b']);
    await expect(
      a.worker(0).request('worker', 'who', null, { scope: 'machine' }),
    ).rejects.toMatchObject({ code: 'MUSTER_NO_HANDLER' });
    await expect(a.worker(0).request('worker', 'unknown', null)).rejects.toMatchObject({
      code: 'MUSTER_NO_HANDLER',
    });
  });

  test('a request to a role that gets no reply says the time that its caller gave, whoever was asked before', async () => {
    const log = new MemoryLog();
    const [a] = await start(['a'], { slots: [0, 1] }, log);
    const [b] = await start(['b'], { slots: [0] }, log);
    a.worker(1).handle('other', () => {});
    b.worker(0).handle('stuck', () => new Promise(() => {}));
    await b.worker(0).whenSubscribed();
    await expect(
      a.worker(0).request('worker', 'stuck', null, { timeoutMs: 600 }),
    ).rejects.toMatchObject({
      code: 'MUSTER_REQUEST_TIMEOUT',
      message: expect.stringContaining('within 600 ms'),
    });
  });

  test('gather asks members of all machines, and lists those that are gone', async () => {
    const [a, b] = await start(['a', 'b']);
    for (const machine of [a, b]) {
      for (const slot of [0, 1]) machine.worker(slot).handle('who', () => machine.name);
    }
    const { ok } = await a.worker(0).gather('worker', 'who', null);
    expect(ok.map(({ value }) => value).sort()).toEqual(['a', 'a', 'b', 'b']);
    const home = await a.worker(0).gather('worker', 'who', null, { scope: 'machine' });
    expect(home.ok.map(({ value }) => value)).toEqual(['a', 'a']);
    const { failed } = await a.worker(0).gather({ machine: 'nowhere' }, 'who', null);
    expect(failed).toMatchObject([
      { target: { machine: 'nowhere' }, error: { code: 'MUSTER_WORKER_GONE' } },
    ]);
  });

  test('a machine that comes later has what is retained, whoever retained it, however long', async () => {
    const log = new MemoryLog();
    const [a, b] = await start(['a', 'b'], {}, log);
    void a.worker(0).broadcast('short', 1, { retain: true });
    void b.worker(0).broadcast('long', 'x'.repeat(1_000_000), { retain: true });
    await passed(a, b);
    await passed(b, a);
    const [c] = await start(['c'], {}, log);
    await vi.waitFor(async () => {
      expect([
        await c.worker(0).once('short'),
        String(await c.worker(1).once('long')).length,
      ]).toEqual([1, 1_000_000]);
    });
  });

  test('a value that is read while the answer to a hello is on its way is newer than the answer', async () => {
    const log = new MemoryLog();
    let isHeld = false;
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const link = () => {
      const way = log.link();
      const append = async (bytes: Buffer) => {
        if (isHeld) await released;
        await way.append(bytes);
      };
      return { ...way, append };
    };
    const eldest = startMachine({ link }, 'eldest');
    machines.push(eldest);
    await vi.waitFor(() => expect(log.size).toBeGreaterThan(0));
    const [other] = await start(['other'], {}, log);
    void eldest.worker(0).broadcast('last', 'old', { retain: true });
    await passed(eldest, other);
    isHeld = true;
    const late = startMachine(log, 'late');
    machines.push(late);
    const names = () =>
      late
        .worker(0)
        .members()
        .map(({ machine }) => machine);
    await vi.waitFor(() => expect(names()).toContain('other'));
    void other.worker(0).broadcast('last', 'new', { retain: true });
    await vi.waitFor(async () => expect(await late.worker(0).once('last')).toBe('new'));
    release();
    await allJoined(machines);
    expect(await late.worker(1).once('last')).toBe('new');
  });

  test('what a machine has retained before it joins, the others have as well, unless they have something else', async () => {
    const log = new MemoryLog();
    const [a] = await start(['a'], {}, log);
    void a.worker(0).broadcast('both', 'a', { retain: true });
    await a.worker(1).once('both');
    const b = startMachine(log, 'b');
    b.link.faults.cut = true;
    machines.push(b);
    void b.worker(0).broadcast('both', 'b', { retain: true });
    void b.worker(0).broadcast('own', 'b', { retain: true });
    await b.worker(1).once('own');
    b.link.heal();
    await allJoined(machines);
    const values = async (machine: TestMachine) =>
      Promise.all([machine.worker(1).once('both'), machine.worker(1).once('own')]);
    await vi.waitFor(async () => {
      expect(await values(a)).toEqual(['a', 'b']);
      expect(await values(b)).toEqual(['a', 'b']);
    });
  });

  test('all machines agree on the last value of a topic, whoever set it', async () => {
    const [a, b, c] = await start(['a', 'b', 'c']);
    for (let i = 0; i < 50; i++) {
      for (const machine of machines) {
        void machine.worker(0).broadcast('last', `${machine.name}${i}`, { retain: true });
      }
      await new Promise(setImmediate);
    }
    await Promise.all([passed(a, b), passed(b, c), passed(c, a)]);
    const last = () => Promise.all(machines.map((machine) => machine.worker(1).once('last')));
    await vi.waitFor(async () => expect(new Set(await last()).size).toBe(1));
  });

  test('a listener that was added a moment ago misses nothing that is sent in answer to its machine', async () => {
    const [a, b] = await start(['a', 'b']);
    a.worker(0).on('joined', (room: string, { from }) => {
      void a.worker(0).broadcast(room, 'to the room');
      void a.worker(0).broadcast(room, 'to you', { to: { machine: from.machine, slot: 0 } });
    });
    await passed(a, b);
    const heard = Array.from({ length: 40 }, (_, i) => {
      const texts: unknown[] = [];
      // Others come and go meanwhile.
      b.worker(1).on(`other.${i}`, () => {})();
      b.worker(0).on(`room.${i}`, (text) => texts.push(text));
      void b.worker(0).broadcast('joined', `room.${i}`);
      return texts;
    });
    const both = ['to the room', 'to you'];
    await vi.waitFor(() => expect(heard).toEqual(heard.map(() => both)));
  });

  test('two machines of one name are two machines', async () => {
    const [a, b] = await start(['web', 'web']);
    await vi.waitFor(() => {
      const names = [a, b].map((machine) => machine.worker(0).self.machine);
      expect(names.sort()).toEqual(['web', 'web-2']);
      const seen = a
        .worker(0)
        .members()
        .map(({ machine }) => machine);
      expect(new Set(seen)).toEqual(new Set(['web', 'web-2']));
    });
  });

  test('who does not know the secret of the group is not heard, and the others say so once', async () => {
    const log = new MemoryLog();
    const onRefused = vi.fn();
    const options = { secret: 'the secret of them', goneMs: 5_000, onRefused };
    const [a] = await start(['a'], options, log);
    await start(['b'], { ...options, onRefused: () => {} }, log);
    const stranger = startMachine(log, 'stranger', { secret: 'another one of his', goneMs: 500 });
    const open = startMachine(log, 'open', { goneMs: 500 });
    try {
      await vi.waitFor(() => expect(a.bridge.status.link.badEntries).toBeGreaterThan(4));
      expect(a.bridge.status.machines.map(({ name }) => name)).toEqual(['b']);
      expect(onRefused).toHaveBeenCalledOnce();
    } finally {
      await stopMachines([stranger, open]);
    }
  });

  test('a cut loses nothing that was sent, and whoever waits for an answer is told', async () => {
    const [a, b] = await start(['a', 'b'], { goneMs: GONE_MS });
    const heard = { a: await listen(a, 'said'), b: await listen(b, 'said') };
    b.worker(1).handle('never', () => new Promise(() => {}));
    await passed(b, a);
    const gaps: unknown[] = [];
    for (const machine of [a, b]) machine.worker(0).onGap((gap) => gaps.push(gap));
    const asked = a.worker(1).request({ machine: 'b', slot: 1 }, 'never', null, {
      timeoutMs: Number.POSITIVE_INFINITY,
    });
    b.link.faults.cut = true;
    await expect(asked).rejects.toMatchObject({ code: 'MUSTER_WORKER_GONE' });
    await vi.waitFor(() => expect(b.worker(0).members()).toHaveLength(3));
    void b.worker(1).broadcast('said', 'from b');
    void a.worker(1).broadcast('said', 'from a');
    b.link.heal();
    // Of two senders none is first.
    const sorted = () => [heard.a, heard.b].map((one) => [...one].sort());
    const both = ['from a', 'from b'];
    await vi.waitFor(() => expect(sorted()).toEqual([both, both]));
    await allJoined(machines);
    expect(gaps).toEqual([]);
  });

  test('what the log has lost is a gap, and is told', async () => {
    const log = new MemoryLog();
    const [a, b] = await start(['a', 'b'], { goneMs: GONE_MS }, log);
    await listen(b, 'said');
    await passed(b, a);
    const gap = new Promise((resolve) => b.worker(0).onGap(resolve));
    b.link.faults.cut = true;
    const before = log.size;
    void a.worker(0).broadcast('said', 'lost');
    await vi.waitFor(() => expect(log.size).toBeGreaterThan(before + 1));
    log.trim(log.size);
    b.link.heal();
    expect(await gap).toMatchObject({ machine: 'a' });
    await allJoined(machines);
  });

  describe('when a gap is reported, the values that were missed are right:', () => {
    /** What a listener of `onGap` on b finds. */
    async function missing(lose: (log: MemoryLog, since: number, a: TestMachine) => Promise<void>) {
      const log = new MemoryLog();
      const [a, b] = await start(['a', 'b'], { goneMs: GONE_MS }, log);
      const [c] = await start(['c'], { goneMs: GONE_MS }, log);
      const retain = (topic: string, value: unknown) =>
        a.worker(0).broadcast(topic, value, { retain: true });
      void retain('set', 'before');
      void retain('deleted', 'before');
      await passed(a, b);
      const found: unknown[] = [];
      b.worker(0).onGap(() => {
        const deleted = b.worker(1).once('deleted', { signal: AbortSignal.timeout(500) });
        const values = [b.worker(1).once('set'), deleted.catch(() => 'none')];
        void Promise.all(values).then((all) => found.push(all));
      });
      b.link.faults.cut = true;
      const before = log.size;
      void retain('set', 'after');
      a.worker(0).deleteRetained('deleted');
      await passed(a, c);
      await lose(log, before, a);
      b.link.heal();
      // A machine that stands still for too long answers later, and then the gap is reported once more.
      await vi.waitFor(() => expect(found.at(-1)).toEqual(['after', 'none']));
      await allJoined(machines);
    }

    test('where the log has dropped them', () =>
      missing(async (log) => {
        log.trim(log.size);
      }));

    test('where their machine begins anew, after the log has lost what it had read back itself', () =>
      missing(async (log, since, a) => {
        log.lose(log.size - since);
        a.link.faults.cut = true;
        await vi.waitFor(() => expect(a.bridge.status.link.up).toBe(false));
        a.link.heal();
      }));
  });
});
