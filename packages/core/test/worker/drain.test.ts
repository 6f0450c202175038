import { once } from 'node:events';
import { Agent, request as requestHttp } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent as AgentHttps, request as requestHttps } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';
import { whileAwake } from '../../../../test/support/standstill.js';

const host = '127.0.0.1';
const psk = {
  ciphers: 'PSK',
  maxVersion: 'TLSv1.2' as const,
  pskCallback: () => ({ psk: Buffer.alloc(32, 1), identity: 'test' }),
  checkServerIdentity: () => undefined,
};

const programs: Program[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const program of programs.splice(0)) await program[Symbol.asyncDispose]();
});

const run = (kind: string) => onFreePort((port) => runOn(port, kind));

async function runOn(port: number, kind: string) {
  const env = { KIND: kind, PORT: String(port) };
  const program = runProgram(new URL('../fixtures/kinds-of-server.js', import.meta.url), { env });
  programs.push(program);
  await program.printed(/cluster is up/);
  return { port, program };
}

/** Asks it to end; the worker must have ended by itself, and not been killed at the end of its time. */
async function expectDrained(program: Program) {
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.output()).not.toContain('it is killed');
}

describe('a drain', () => {
  it.each([
    { kind: 'http', what: 'a TCP connection', open: (port: number) => connect(port, host) },
    { kind: 'https', what: 'a TCP connection', open: (port: number) => connect(port, host) },
    {
      kind: 'https',
      what: 'a TLS connection',
      open: (port: number) => connectTls({ ...psk, port, host }),
    },
  ])(
    'is not held up by $what to an $kind server that never sends anything',
    async ({ kind, open }) => {
      const { port, program } = await run(kind);
      const socket = open(port).on('error', () => {});
      sockets.push(socket);
      await once(socket, kind === 'https' && 'encrypted' in socket ? 'secureConnect' : 'connect');
      await expectDrained(program);
    },
  );

  it.each([
    { kind: 'http', ask: (port: number) => requestHttp({ port, host, path: '/slow' }) },
    { kind: 'https', ask: (port: number) => requestHttps({ ...psk, port, host, path: '/slow' }) },
    {
      kind: 'http2 with allowHTTP1',
      ask: (port: number) => requestHttps({ ...psk, port, host, path: '/slow' }),
    },
  ])('lets a slow $kind request end', async ({ kind, ask }) => {
    const { port, program } = await run(kind);
    const request = ask(port).end();
    await program.printed(/slow request/);
    const drained = expectDrained(program);
    const [response] = await once(request, 'response');
    expect(Buffer.concat(await response.toArray()).toString()).toBe('answered');
    await drained;
  });

  it('answers all requests of a client that pipelines, in order, and the last one closes', async () => {
    const { port, program } = await run('http');
    const socket = connect(port, host);
    sockets.push(socket);
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(5));
    await program.printed(/(slow request\n){5}/);
    const drained = expectDrained(program);
    const text = Buffer.concat(await socket.toArray()).toString();
    const responses = text.split(/(?=HTTP\/1)/);
    expect(responses).toHaveLength(5);
    const closes = responses.map((response) => /^connection: close/im.test(response));
    expect(closes).toEqual([false, false, false, false, true]);
    for (const response of responses) expect(response).toContain('answered');
    await drained;
  });

  it('ends kept-alive connections of HTTP/1 to a server of HTTP/2', async () => {
    const { port, program } = await run('http2 with allowHTTP1');
    const agent = new AgentHttps({ keepAlive: true, maxSockets: 1 });
    const options = { ...psk, port, host, agent };
    const [response] = await once(requestHttps(options).end(), 'response');
    await response.toArray();
    await expectDrained(program);
    agent.destroy();
  });

  // For longer than a client may stand still.
  it('answers a request that came over an idle connection while the event loop was blocked', () =>
    whileAwake(async () => {
      const { port, program } = await run('http');
      const connection = () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        return async (path: string) => {
          const [response] = await once(requestHttp({ port, host, path, agent }).end(), 'response');
          return Buffer.concat(await response.toArray()).toString();
        };
      };
      const [ask, askOther] = [connection(), connection()];
      await Promise.all([ask('/'), askOther('/')]);
      program.kill('SIGTERM');
      await program.printed(/^drains$/m);
      const blocked = ask('/block');
      await program.printed(/^blocked$/m);
      // By the time that it is read, idle connections are to be closed.
      expect(await askOther('/')).toBe('answered');
      expect(await blocked).toBe('answered');
      expect(await program.exited).toEqual({ code: 0, signal: null });
    }));

  it('ends an HTTP/2 session when its requests are answered', async () => {
    const { port, program } = await run('http2');
    const session = connectHttp2(`http://${host}:${port}`);
    const idle = connectHttp2(`http://${host}:${port}`);
    await once(idle, 'connect');
    const stream = session.request({ ':path': '/slow' });
    await program.printed(/slow request/);
    const drained = expectDrained(program);
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('answered');
    await drained;
  });
});
