// The recipes for what all workers have to know, as they are printed: with a worker killed at the worst moment.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { asSeen, createReader } from '../../support/reader.js';

const sockets = await examplesOf('docs/recipes/websockets.md', 'js', ['server']);
const board = {
  files: await examplesOf('docs/recipes/leaderboard.md', 'js', ['server']),
  does: await examplesOf('docs/recipes/leaderboard.md', 'sh', ['play']),
};
const flags = {
  files: await examplesOf('docs/recipes/feature-flags.md', 'js', ['flags', 'server']),
  does: await examplesOf('docs/recipes/feature-flags.md', 'sh', ['turn']),
  sees: await examplesOf('docs/recipes/feature-flags.md', 'text', ['turned']),
};
const { start } = await examplesOf('docs/recipes/index.md', 'sh', ['start']);

/** Two workers that run these files. */
async function shopOf(files: Record<string, string>) {
  const reader = await createReader({ installs: ['express', 'ws'] });
  await reader.save(files);
  const shop = await reader.start(start);
  await shop.printed(/ is ready: 2 workers/);
  return { reader, shop, client: createClient(reader.port) };
}

/** A WebSocket of a client: what it has been told, and by which process. */
async function connect(port: number) {
  const { WebSocket } = createRequire(join(import.meta.dirname, '../../../packages/core/x.js'))(
    'ws',
  );
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => heard.push(String(data)));
  let isOpen = true;
  socket.on('error', () => {});
  socket.on('close', () => {
    isOpen = false;
  });
  const [, pid] = await vi.waitFor(() => {
    const hello = heard[0]?.match(/^connected to process (\d+)$/);
    if (!hello) throw new Error(`heard ${heard}`);
    return hello;
  });
  heard.length = 0;
  return {
    heard,
    pid: Number(pid),
    isOpen: () => isOpen,
    say: (line: string) => socket.send(line),
    close: () => socket.terminate(),
  };
}

test('a message reaches the WebSockets of all workers, and a killed worker costs the others nothing', async () => {
  const { reader } = await shopOf(sockets);
  await using _ = reader;
  const port = reader.port;
  const clients = [await connect(port)];
  // Connections go to the workers in turn, but a busy worker is left out.
  while (new Set(clients.map(({ pid }) => pid)).size < 2) clients.push(await connect(port));
  const [first, last] = [clients[0], clients.at(-1)];
  first?.say('from the first');
  for (const { heard } of clients) await expect.poll(() => heard).toEqual(['from the first']);
  last?.say('from the last');
  for (const { heard } of clients) await expect.poll(() => heard[1]).toBe('from the last');

  process.kill(first?.pid ?? 0, 'SIGKILL');
  await expect.poll(() => first?.isOpen()).toBe(false);
  const again = await vi.waitFor(() => connect(port), { interval: 100 });
  again.say('back again');
  await expect.poll(() => last?.heard[2]).toBe('back again');
  expect(last?.isOpen()).toBe(true);
  for (const { close } of [...clients, again]) close();
});

test('points that were answered are counted once, also if a worker is killed meanwhile', async () => {
  const { reader, client } = await shopOf(board.files);
  await using _ = reader;
  expect(await reader.type(board.does.play)).toBe(
    [
      '{"player":"ada","score":120}{"player":"bob","score":90}',
      '[{"member":"ada","score":120},{"member":"bob","score":90}]',
      '{"place":2,"around":[{"member":"ada","score":120},{"member":"bob","score":90}]}',
    ].join(''),
  );
  const [worker] = (await reader.status()).workers;
  // In the middle of what both are asked at once.
  let answered = 0;
  const sent = Array.from({ length: 100 }, async () => {
    const { status } = await client.post('/players/eve/points/1');
    if (status === 200) answered += 1;
    if (answered === 30) process.kill(worker?.pid ?? 0, 'SIGKILL');
  });
  await Promise.allSettled(sent);
  const [top] = (await client.get('/top')).body.filter(
    ({ member }: { member: string }) => member === 'eve',
  );
  expect(top.score).toBeGreaterThanOrEqual(answered);
  expect(top.score).toBeLessThanOrEqual(sent.length);
  expect((await client.post('/players/eve/points/x')).status).toBe(400);
});

test('a flag is on in all workers, also in one that comes after the one that turned it was killed', async () => {
  const { reader, shop, client } = await shopOf(flags.files);
  await using _ = reader;
  const [before = '', turn = ''] = flags.does.turn.trim().split('\n');
  const [old = '', changed = ''] = flags.sees.turned.trim().split('\n');
  expect(await reader.type(before)).toMatch(asSeen(old));
  await reader.type(turn);
  // The one of the two that has answered may not have told the other one. Both are killed at once.
  const pids = (await reader.status()).workers.map(({ pid }) => pid ?? 0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  for (const pid of pids) await shop.printed(new RegExp(`pid ${pid}, .* SIGKILL`));

  // No new one answers before it has the flag.
  const answers = new Set<string>();
  while (answers.size < 2) {
    answers.add((await vi.waitFor(() => client.get('/checkout'), { interval: 100 })).body);
  }
  for (const body of answers) expect(body).toMatch(asSeen(changed));
  for (const pid of pids) expect([...answers].join('')).not.toContain(`process ${pid}\n`);
});
