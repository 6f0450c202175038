// leader.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Lock } from '../../store.js';
import { type Case, eventually } from '../case.js';

/** Leads until it is told to stop. */
const lead = async ({ signal }: Lock): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

export const leaders: Readonly<Record<string, Case>> = {
  'one leads, and the next one does when it stops': async ({ store, another, unique }) => {
    const name = unique();
    const stores = [store, await another(), await another()];
    const tokens: number[] = [];
    const parts = stores.map((one) =>
      one.leader(name, (held) => {
        tokens.push(held.token);
        return lead(held);
      }),
    );
    for (let left = parts.length; left > 0; left--) {
      await eventually(() => parts.some(({ isLeader }) => isLeader));
      const leading = parts.filter(({ isLeader }) => isLeader);
      assert.equal(leading.length, 1);
      await leading[0]?.stop();
      assert.equal(leading[0]?.isLeader, false);
    }
    assert.equal(tokens.length, 3);
    assert.deepEqual(
      tokens,
      tokens.toSorted((a, b) => a - b),
    );
  },

  'one that stops is free for others only when its function has ended': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const events: string[] = [];
    let finish = (): void => {};
    const first = store.leader(name, async (held) => {
      await lead(held);
      events.push('told to stop');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      events.push('ended');
    });
    await eventually(() => first.isLeader);
    await using second = (await another()).leader(name, async (held) => {
      events.push('second');
      await lead(held);
    });
    const stopped = first.stop();
    await eventually(() => events.length === 1);
    assert.equal(second.isLeader, false);
    finish();
    await stopped;
    await eventually(() => second.isLeader);
    assert.deepEqual(events, ['told to stop', 'ended', 'second']);
  },

  'one whose function returns or throws is elected again': async ({ store, unique }) => {
    let elected = 0;
    const warned = once(process, 'warning');
    await using part = store.leader(unique(), async (held) => {
      elected++;
      if (elected === 1) return;
      // What has no text of its own, either.
      if (elected === 2) throw Object.create(null);
      await lead(held);
    });
    await eventually(() => elected === 3 && part.isLeader);
    const [warning] = await warned;
    assert.equal(warning.code, 'MUSTER_LISTENER_FAILED');
  },

  'a signal stops it, and so does the end of its store': async ({ store, another, unique }) => {
    const name = unique();
    const controller = new AbortController();
    const first = store.leader(name, lead, { signal: controller.signal });
    await eventually(() => first.isLeader);
    controller.abort();
    const other = await another();
    const second = other.leader(name, lead);
    await eventually(() => second.isLeader && !first.isLeader);
    await other.close();
    assert.equal(second.isLeader, false);
    const third = store.leader(name, lead);
    await eventually(() => third.isLeader);
    await Promise.all([first.stop(), second.stop(), third.stop()]);
    const never = store.leader(name, () => assert.fail(), { signal: AbortSignal.abort() });
    await never.stop();
  },

  'what is no name, no function or no time is refused': async ({ store, unique }) => {
    const code = 'MUSTER_INVALID_OPTION';
    assert.throws(() => store.leader('', lead), { code });
    assert.throws(() => store.leader(unique(), undefined as unknown as () => void), { code });
    assert.throws(() => store.leader(unique(), lead, { ttlMs: 0 }), { code });
  },
};
