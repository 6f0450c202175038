// A process that is killed while it gives a session a new id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createSessions } from '@muster/session';
import { createSharedStore } from '@muster/store';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emptyStore, engines } from './support/stores.js';

const fixture = join(import.meta.dirname, 'fixtures/killed-in-regenerate.js');
const HOUR = 3_600_000;
const SECRETS = 'x'.repeat(32);

describe.each(engines)('%s', (engine) => {
  async function killedAt(killedAt: string, graceMs = 0, secrets?: string) {
    const options = await emptyStore(engine);
    const store = createSharedStore(options);
    onTestFinished(() => store.close());
    const sessions = createSessions<{ user: string }>({
      store,
      ...(secrets && { secrets }),
      userId: ({ user }) => user,
    });
    const session = await sessions.load();
    session.data.user = 'ada';
    await session.save();
    const { id } = session;
    const input = JSON.stringify({ options, secrets, id, graceMs, killedAt });
    const child = spawn(process.execPath, [fixture, input], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const view = store.namespace('session');
    const lives = [];
    for await (const key of view.keys({ prefix: 's:' })) lives.push((await view.ttlMs(key)) ?? 0);
    const all = await sessions.sessionsOf('ada');
    return { sessions, id, lives, all, copies: all.filter((one) => one.id !== id) };
  }

  test.each([undefined, SECRETS])(
    'before the old id is given up, the copy under the new one ends soon (secrets: %s)',
    async (secrets) => {
      const { sessions, id, lives, all, copies } = await killedAt('session-swap', 0, secrets);
      expect(all).toHaveLength(2);
      expect(copies).toHaveLength(1);
      expect(copies[0]?.expiresAt).toBeLessThan(Date.now() + HOUR);
      expect(lives.filter((ms) => ms < HOUR)).toHaveLength(1);
      const session = await sessions.load(id);
      await session.regenerate();
      expect((await sessions.load(session.id)).expiresAt).toBeGreaterThan(Date.now() + HOUR);
    },
  );

  test('after that, whoever comes by the old id gives the session its end', async () => {
    const { sessions, id, all, copies } = await killedAt('session-touch', 10 * HOUR);
    expect(all).toEqual(copies);
    expect(copies).toHaveLength(1);
    expect(copies[0]?.expiresAt).toBeGreaterThan(Date.now() + 10 * HOUR);
    const session = await sessions.load(id);
    expect(session).toMatchObject({ isNew: false, id: copies[0]?.id });
    expect(await session.touch()).toBe(true);
    expect((await sessions.load(id)).expiresAt).toBeGreaterThan(Date.now() + 20 * HOUR);
  });
});
