import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import { freePort } from '../../../../test/support/redis/free-port.js';
import { isStarting } from '../../dist/worker/ready/settling.js';

const FIXTURE = new URL('../fixtures/ready-auto.cjs', import.meta.url).pathname;
/** Said only where a worker serves: what was printed before came first. */
const READY = /worker 0 .* is ready/;

async function start(how: string, taken: number, ...options: string[]) {
  const deployment = await createDeployment();
  onTestFinished(() => deployment[Symbol.asyncDispose]());
  const ports = [taken, await freePort()];
  // What the worker prints does not pass through the primary, so it is in the output before what the primary says of it later.
  const program = deployment.start([FIXTURE, '-w', '1', '--no-keep-logs', ...options], {
    HOW: how,
    PORTS: ports.join(),
  });
  return { deployment, program };
}

/** A port that somebody else has; what connects there hears something after a second. */
async function taken(): Promise<number> {
  const server: Server = createServer((socket) => {
    setTimeout(() => socket.end('connected'), 1_000);
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

it.each([
  ['late', 'behind timers, a connection and an import, three seconds after its code has run'],
  ['probe', 'on a port that it has tried before'],
  ['nextServer', 'with another server where a port is taken'],
  ['sameServer', 'with the same server where a port is taken'],
])('%s: a server that listens %s is ready then, and not before', async (how) => {
  const { program } = await start(how, await taken());
  await program.printed(READY);
  expect(program.output()).toMatch(/listens[\s\S]* is ready/);
});

it('a server that cannot listen, and goes on, is not ready', async () => {
  // Enough for a busy machine to load the app.
  const { program } = await start('failed', await taken(), '--ready-timeout', '6s');
  expect(await program.exited).toMatchObject({ code: 1 });
  expect(program.output()).toMatch(/EADDRINUSE[\s\S]*was not ready in time/);
});

it('what listens for datagrams listens', async () => {
  const { program } = await start('datagrams', 0, '--ready', 'listening');
  await program.printed(READY);
  expect(program.output()).toMatch(/listens[\s\S]* is ready/);
});

it('a UDP port that somebody else has ends the start, as one of TCP does', async () => {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  const { program } = await start('takenDatagrams', socket.address().port);
  expect(await program.exited).toMatchObject({ code: 1 });
  expect(program.output()).toMatch(/MUSTER_WORKER_START|WorkerStartError/);
  expect(program.output()).toContain('EADDRINUSE');
  expect(program.output()).not.toMatch(READY);
});

it('a job without a server is ready when it has come to rest, and its successors at once', async () => {
  const { program, deployment } = await start('job', 0, '--ready-settle', '300ms');
  await program.printed(READY);
  expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
});

it('code that only waits for messages is ready at once', async () => {
  const { program } = await start('messages', 0, '--ready-settle', '10m', '--ready-timeout', '1h');
  await program.printed(READY);
});

it.each<[number, string[], boolean]>([
  [0.9, [], true],
  [0.1, ['Timeout', 'TCPSocketWrap', 'FSReqCallback'], false],
  [0, ['TCPConnectWrap'], true],
  [0, ['GetAddrInfoReqWrap'], true],
])('at a utilization of %d, with %j, starting is %s', (utilization, resources, starting) => {
  expect(isStarting(utilization, resources)).toBe(starting);
});
