// The configuration for nginx of docs/guide/deploying.md, in front of a cluster that is reloaded under load.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findNginx } from '../../support/find-nginx.js';
import { changed, createProject, examplesOf } from '../../support/guide.js';
import { startLoad } from '../../support/load.js';
import { Program } from '../../support/program.js';
import { onFreePort } from '../../support/redis/free-port.js';

const { site } = await examplesOf('docs/guide/deploying.md', 'nginx', ['site']);
const nginx = await findNginx();
const host = '127.0.0.1';

/** What the guide says of the app: it outlives the idle connections that nginx keeps. */
const SERVER = `
  const server = require('node:http').createServer((req, res) => {
    if (req.url === '/events') return res.write('hello');
    res.setHeader('x-of', req.headers['x-forwarded-for']);
    req.resume().on('end', () => res.end(req.headers['x-forwarded-proto'] + ' ' + req.headers.host));
  });
  server.keepAliveTimeout = 65_000;
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nupgrade: x\\r\\nconnection: upgrade\\r\\n\\r\\nhello');
  });
  server.listen(process.env.PORT, '${host}');
`;

type Project = Awaited<ReturnType<typeof createProject>>;

async function start() {
  const project = await createProject();
  onTestFinished(() => project[Symbol.asyncDispose]());
  await project.write('server.cjs', SERVER);
  const { cluster, appPort } = await onFreePort(async (appPort) => {
    const cluster = await project.run(
      `import { startCluster } from '@muster/core';
       await startCluster({ worker: './server.cjs', workers: 2, reload: { watchMs: 100 } });
       console.log('up');`,
      { env: { PORT: String(appPort) } },
    );
    await cluster.printed(/^up$/m);
    return { cluster, appPort };
  });
  return { cluster, ...(await onFreePort((port) => startNginx(project, port, appPort))) };
}

async function startNginx(project: Project, port: number, appPort: number) {
  const block = changed(
    changed(site, `${host}:3000`, `${host}:${appPort}`),
    '80;',
    `${host}:${port};`,
  );
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${project.path(name)};`,
  );
  await project.write(
    'nginx.conf',
    `daemon off; master_process off; pid ${project.path('pid')}; error_log stderr notice;
     events {}
     http { access_log off; ${temporary.join(' ')} ${block} }`,
  );
  const args = ['-e', 'stderr', '-p', project.folder, '-c', project.path('nginx.conf')];
  const child = spawn(nginx, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const proxy = new Program(nginx, child);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  await proxy.printed(/start worker|event method/);
  await vi.waitFor(async () => expect((await ask(port)).status).toBe(200), 20_000);
  return { port, proxy };
}

async function ask(port: number, path = '/') {
  const response = await fetch(`http://${host}:${port}${path}`);
  return { status: response.status, of: response.headers.get('x-of'), text: await response.text() };
}

/** Posts 16 KB again and again; gives the statuses that came. */
function startPosting(port: number) {
  let running = true;
  const statuses = new Set<number>();
  const done = (async () => {
    while (running) {
      const body = 'x'.repeat(16_384);
      const response = await fetch(`http://${host}:${port}/`, { method: 'POST', body });
      await response.text();
      statuses.add(response.status);
    }
  })();
  return {
    stop: async () => {
      running = false;
      await done;
      return [...statuses];
    },
  };
}

test('a reload behind nginx shows nowhere, whatever the method', async () => {
  const { cluster, port, proxy } = await start();
  expect(await ask(port)).toEqual({ status: 200, of: host, text: `http ${host}` });
  const load = startLoad(port, '/', 6);
  const posts = startPosting(port);
  for (const round of [1, 2]) {
    cluster.kill('SIGHUP');
    await cluster.printed(new RegExp(`(were replaced[\\s\\S]*){${round}}`));
  }
  const { answered, failures } = await load.stop();
  expect(failures).toEqual({});
  expect(answered).toBeGreaterThan(100);
  expect(await posts.stop()).toEqual([200]);
  // nginx answers in the place of an app that it cannot reach, and says so here.
  expect(proxy.output()).not.toMatch(/\[(error|crit|alert|emerg)\]/);
  cluster.kill('SIGTERM');
  expect(await cluster.exited).toEqual({ code: 0, signal: null });
});

test('events come through nginx as they are written, and an upgrade too', async () => {
  const { port } = await start();
  const [events] = (await once(request({ host, port, path: '/events' }).end(), 'response')) as [
    Readable,
  ];
  expect(String((await once(events, 'data'))[0])).toBe('hello');
  events.destroy();
  const headers = { connection: 'upgrade', upgrade: 'x' };
  const [, socket, head] = (await once(
    request({ host, port, path: '/socket', headers }).end(),
    'upgrade',
  )) as [unknown, Socket, Buffer];
  const first = head.length > 0 ? head : (await once(socket, 'data'))[0];
  expect(String(first)).toBe('hello');
  socket.destroy();
});
