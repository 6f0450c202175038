// The same chat on two machines, a worker on each: two clusters of this computer, and one Redis.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { startRedis } from '../../../../test/support/redis/server.js';
import { startChat, Talker } from './chat.js';

const redis = await startRedis();
const folder = await mkdtemp(join(tmpdir(), 'muster-chat-'));
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

it('what is emitted, joined and asked on a machine reaches the other, where a client can go on', async () => {
  const env = { WORKERS: '1', REDIS_URL: redis.url, MUSTER_MACHINES: 'true' };
  const [here, there] = await Promise.all([startChat(folder, env), startChat(folder, env)]);
  await using _here = here.program;
  await using _there = there.program;
  const one = new Talker(here.url, 1);
  const two = new Talker(there.url, 2);
  const three = new Talker(there.url, 3);
  const talkers = [one, two, three];
  const allHeard = (text: string) =>
    vi.waitFor(() => expect(talkers.filter(({ heard }) => heard.includes(text))).toHaveLength(3));
  try {
    // fetchSockets(), from both.
    for (const talker of [one, two]) {
      await vi.waitFor(async () => expect(await talker.ask('how many')).toBe(3));
    }

    // serverSideEmit(), and a broadcast with acknowledgements, from both.
    const pidOf = async (talker: Talker) => (await talker.ask<{ pid: number }>('who')).pid;
    const [pidHere, pidThere] = [await pidOf(one), await pidOf(two)];
    expect(pidHere).not.toBe(pidThere);
    expect(await one.ask('ask workers')).toEqual([pidThere]);
    expect(await two.ask('ask workers')).toEqual([pidHere]);
    for (const talker of [one, two]) {
      expect((await talker.ask<number[]>('ask all')).sort()).toEqual([1, 2, 3]);
    }

    // A room with members on both, and broadcasts, which come after what was said in the room.
    await Promise.all([one.ask('join', 'red'), two.ask('join', 'red')]);
    one.client.emit('say in', 'red', 'to red from here');
    one.client.emit('say to all', 'to all from here');
    await allHeard('to all from here');
    two.client.emit('say in', 'red', 'to red from there');
    two.client.emit('say to all', 'to all from there');
    await allHeard('to all from there');
    const toAll = ['to all from here', 'to all from there'];
    const toRed = ['to red from here', 'to all from here', 'to red from there', toAll[1]];
    expect(talkers.map(({ heard }) => heard)).toEqual([toRed, toRed, toAll]);

    // A client whose machine is gone is recovered on the other, rooms and all.
    two.moveTo(here.url);
    three.client.disconnect();
    await there.program[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(here.program.output()).toContain('recovered'));
    expect(await pidOf(two)).toBe(pidHere);
    one.client.emit('say in', 'red', 'to red at last');
    await vi.waitFor(() => expect(two.heard).toEqual([...toRed, 'to red at last']));
  } finally {
    for (const { client } of talkers) client.disconnect();
  }
}, 180_000);
