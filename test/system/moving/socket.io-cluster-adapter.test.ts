// docs/moving/socket.io-cluster-adapter.md: the server after the change, started as it says there, with clients of two workers.
import { expect, test, vi } from 'vitest';
import { connect } from '../../../packages/adapters/test/socket.io/clients.js';
import { examplesOf } from '../../support/guide.js';
import { createReader } from '../../support/reader.js';

const { server } = await examplesOf('docs/moving/socket.io-cluster-adapter.md', 'js', ['server']);
const { lines } = await examplesOf('docs/moving/socket.io-cluster-adapter.md', 'sh', ['lines']);

test('what one client says is heard by all, with long polling', async () => {
  await using reader = await createReader({ installs: ['socket.io', 'socket.io-adapter'] });
  await reader.write('package.json', '{ "type": "module" }');
  await reader.save({ server });
  const start = lines.trim().split('\n').at(-1) ?? '';
  // Clients of one machine have one address.
  const app = await reader.start(`${start} --trusted-proxies 127.0.0.1,::1`);
  await app.printed(/ is ready: 2 workers/);
  const clients = Array.from({ length: 4 }, (_, n) =>
    connect(`http://localhost:${reader.port}`, {
      transports: ['polling'],
      forceNew: true,
      extraHeaders: { 'x-forwarded-for': `198.51.100.${n}` },
    }),
  );
  try {
    const heard: string[] = [];
    for (const client of clients) client.on('said', (text) => heard.push(text));
    await vi.waitFor(() => expect(clients.every(({ connected }) => connected)).toBe(true));
    clients[0]?.emit('say', 'hello');
    await vi.waitFor(() => expect(heard).toEqual(clients.map(() => 'hello')));
  } finally {
    for (const client of clients) client.disconnect();
  }
});
