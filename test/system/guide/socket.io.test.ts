// The example of docs/guide/socket.io.md, started as it says there, with clients that begin with long polling.
import { expect, test, vi } from 'vitest';
import { connect } from '../../../packages/adapters/test/socket.io/clients.js';
import { MUSTER } from '../../support/deployment.js';
import { createProject, examplesOf } from '../../support/guide.js';
import { runProgram } from '../../support/program.js';

const { server } = await examplesOf('docs/guide/socket.io.md', 'js', ['server']);

test('a chat in a cluster: clients with long polling stay with their workers, and hear each other', async () => {
  await using project = await createProject();
  await project.install('socket.io', 'socket.io-adapter');
  await project.write('package.json', '{ "type": "module" }');
  await project.write('server.js', server.replace('?? 3000', "?? 3000, '127.0.0.1'"));
  const args = [
    'start',
    'server.js',
    '-w',
    '2',
    '--sticky',
    'ip',
    '--trusted-proxies',
    '127.0.0.1',
  ];
  await using program = runProgram(MUSTER, {
    args,
    cwd: project.folder,
    env: { ...project.env, PORT: '0' },
  });
  const [, url = ''] = await program.printed(/workers on (http:\S+)/);
  // Each as if it came from another address.
  const clients = Array.from({ length: 6 }, (_, n) =>
    connect(url, {
      transports: ['polling'],
      forceNew: true,
      extraHeaders: { 'x-forwarded-for': `198.51.100.${n}` },
    }),
  );
  try {
    const heard: string[][] = clients.map(() => []);
    for (const [at, client] of clients.entries())
      client.on('said', (text) => heard[at]?.push(text));
    await vi.waitFor(() => expect(clients.every(({ connected }) => connected)).toBe(true));
    for (const [at, client] of clients.entries()) client.emit('say', `from ${at}`);
    const all = clients.map((_, at) => `from ${at}`);
    await vi.waitFor(() => {
      for (const one of heard) expect(one.toSorted()).toEqual(all);
    });
  } finally {
    for (const client of clients) client.disconnect();
  }
});
