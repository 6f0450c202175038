// docs/moving/socket.io-cluster-adapter.md: the server after the change, started as it says there, with clients of two workers.
import { expect, test, vi } from 'vitest';
import { connect } from '../../../packages/adapters/test/socket.io/clients.js';
import { changed, examplesOf } from '../../support/guide.js';
import { createReader } from '../../support/reader.js';

const { server } = await examplesOf('docs/moving/socket.io-cluster-adapter.md', 'js', ['server']);
const { lines } = await examplesOf('docs/moving/socket.io-cluster-adapter.md', 'sh', ['lines']);

test('what one client says is heard by all, with long polling', async () => {
  await using reader = await createReader({ installs: ['socket.io', 'socket.io-adapter'] });
  await reader.write('package.json', '{ "type": "module" }');
  await reader.save({ server: changed(server, '?? 3000', "?? 3000, '127.0.0.1'") });
  const start = lines.trim().split('\n').at(-1) ?? '';
  // Clients of one machine have one address.
  const app = await reader.start(`${start} --trusted-proxies 127.0.0.1,::1`);
  await app.printed(/ is ready: 2 workers/);
  const clients = Array.from({ length: 4 }, (_, n) =>
    connect(`http://127.0.0.1:${reader.port}`, {
      transports: ['polling'],
      forceNew: true,
      extraHeaders: { 'x-forwarded-for': `198.51.100.${n}` },
    }),
  );
  try {
    const heard = new Set<unknown>();
    for (const client of clients) client.on('said', () => heard.add(client));
    await vi.waitFor(() => expect(clients.every(({ connected }) => connected)).toBe(true));
    await vi.waitFor(() => {
      clients[0]?.emit('say', 'hello');
      expect(heard.size).toBe(clients.length);
    });
  } finally {
    for (const client of clients) client.disconnect();
  }
});
