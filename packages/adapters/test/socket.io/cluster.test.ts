// A chat over real workers: what works across them, and that a reload and a killed worker lose nothing.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { startChat, Talker } from './chat.js';

it('a chat over a reload and a killed worker loses nothing, and repeats nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-chat-'));
  const { program, url } = await startChat(folder);
  await using _program = program;
  const talkers = Array.from({ length: 6 }, (_, name) => new Talker(url, name));
  const [first = new Talker(url, 0), last = first] = [talkers[0], talkers.at(-1)];
  try {
    const homes = await Promise.all(talkers.map((talker) => talker.ask<{ slot: number }>('who')));
    expect(new Set(homes.map(({ slot }) => slot))).toEqual(new Set([0, 1, 2]));

    // Across the workers.
    expect(await first.ask('how many')).toBe(6);
    expect((await first.ask<number[]>('ask all')).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await first.ask<number[]>('ask workers')).toHaveLength(2);

    // All hear the same, in the same order, whatever happens to the workers.
    let said = 0;
    const talk = setInterval(() => {
      for (const [name, talker] of talkers.entries())
        talker.client.emit('say', `${name}:${said++}`);
    }, 10);
    const heardSince = async (count: number) => {
      const until = talkers.map(({ heard }) => heard.length + count);
      await vi.waitFor(() => {
        for (const [at, { heard }] of talkers.entries())
          expect(heard.length).toBeGreaterThan(until[at] ?? 0);
      });
    };
    await heardSince(10);
    program.kill('SIGUSR2');
    await program.printed(/^reloaded 3$/m);
    await heardSince(10);
    const { pid } = await first.ask<{ pid: number }>('who');
    process.kill(pid, 'SIGKILL');
    await heardSince(50);
    clearInterval(talk);
    last.client.emit('say', 'the end');
    await vi.waitFor(() => {
      for (const { heard } of talkers) expect(heard).toContain('the end');
    });
    const all = talkers.map(({ heard }) => heard.slice(0, heard.indexOf('the end') + 1));
    const [one = []] = all;
    // They came one after the other, and so some missed the first ones.
    const start = one[0] ?? '';
    expect(new Set(one).size).toBe(one.length);
    expect(program.output().match(/^new$/gm), program.output()).toHaveLength(6);
    for (const heard of all) expect(heard).toEqual(one.slice(one.indexOf(heard[0] ?? start)));
    expect(program.output().match(/^recovered$/gm)?.length).toBeGreaterThanOrEqual(6);

    // And the last thing across the workers: to end a client of another one.
    const ended = new Promise((resolve) => last.client.once('disconnect', resolve));
    first.client.emit('end', last.client.id);
    expect(await ended).toBe('io server disconnect');
  } finally {
    for (const { client } of talkers) client.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
