/**
 * That the system gives a reserved port to nobody is seen in a network namespace of ten ports, where this process may make
 * one. Where it may not, that is printed, and the port is only bound.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { onFreePort } from './free-port.js';

const TEN_PORTS =
  'ip link set lo up && echo "40000 40009" >/proc/sys/net/ipv4/ip_local_port_range && exec "$0" "$@"';

/** Takes what the system gives, for servers and for connections, until it has no more. */
const TAKE_ALL = `
  import { once } from 'node:events';
  import { connect, createServer } from 'node:net';
  import { freePort } from '${new URL('./free-port.js', import.meta.url)}';
  const target = createServer().listen(9_000, '127.0.0.1');
  const reserved = await freePort();
  const taken = [];
  for (let n = 0; n < 4; n++) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    taken.push(server.address().port);
  }
  for (let n = 0; n < 5; n++) {
    const socket = connect(9_000, '127.0.0.1');
    await once(socket, 'connect');
    taken.push(socket.localPort);
  }
  const more = await once(connect(9_000, '127.0.0.1'), 'connect').catch(({ code }) => code);
  await once(createServer().listen(reserved, '127.0.0.1'), 'listening');
  console.log(JSON.stringify({ reserved, taken, more }));
  process.exit();`;

const IN_NAMESPACE = ['unshare', '-rn', 'sh', '-c', TEN_PORTS];

function runInNamespace(...args: string[]) {
  const [command = '', ...before] = IN_NAMESPACE;
  return spawnSync(command, [...before, ...args], { encoding: 'utf8' });
}

async function occupied(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return server;
}

const hasNamespaces = runInNamespace('true').status === 0;
if (!hasNamespaces) console.warn('No network namespaces here: reserved ports are not watched.');

test.runIf(hasNamespaces)('a port is given to nobody else until it is asked for', () => {
  const { stdout, stderr } = runInNamespace(
    process.execPath,
    '--input-type=module',
    '--eval',
    TAKE_ALL,
  );
  expect(stderr).toBe('');
  const { reserved, taken, more } = JSON.parse(stdout);
  expect(new Set([reserved, ...taken]).size).toBe(10);
  expect(more).toBe('EADDRNOTAVAIL');
});

test('a port and those above it can be bound at once', async () => {
  for (let n = 0; n < 20; n++) {
    await onFreePort(
      (port) => Promise.all([0, 1, 10_000].map((offset) => occupied(port + offset))),
      1,
      10_000,
    );
  }
});

test('a start on a port that is in use goes on with another one, and fails for any other reason', async () => {
  const asked: number[] = [];
  const server = await onFreePort(async (port) => {
    asked.push(port);
    if (asked.length === 1) await occupied(port);
    return occupied(port);
  });
  expect(asked.length).toBe(2);
  expect(server.address()).toMatchObject({ port: asked[1] });
  const start = vi.fn().mockRejectedValue(new Error('permission denied'));
  await expect(onFreePort(start)).rejects.toThrow('permission denied');
  expect(start).toHaveBeenCalledOnce();
});
