// Connections that no server ends by itself, in the drain of an app that knows nothing of it.
import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const PRIMARY = new URL('../fixtures/primary-of-app.js', import.meta.url);
const CLIENTS = 50;

const programs: Program[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await program[Symbol.asyncDispose]();
});

async function start(options: object = {}) {
  const port = await freePort();
  const program = runProgram(PRIMARY, {
    env: {
      PORT: String(port),
      APP: './long-lived-app.js',
      CLUSTER_OPTIONS: JSON.stringify({ reload: { watchMs: 100 }, ...options }),
    },
  });
  programs.push(program);
  await program.printed(/cluster is up/);
  return { program, port };
}

async function ask(port: number, path: string): Promise<IncomingMessage> {
  const [response] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response');
  return response;
}

/** All that comes, and whether the end of it came as well. */
async function read(response: IncomingMessage): Promise<{ text: string; whole: boolean }> {
  let text = '';
  response.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  response.on('error', () => {});
  await new Promise((resolve) => response.once('close', resolve));
  return { text, whole: response.complete };
}

/** A client of `ws`: what it was told first, and how it ended. */
async function openSocket(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const closed = once(socket, 'close').then(([code]) => code as number);
  const [pid] = await once(socket, 'message');
  socket.on('message', (data) => {
    if (String(data).length !== 20_000) throw new Error('half a message');
  });
  return { socket, closed, pid: Number(pid) };
}

describe('long-lived connections in a reload', () => {
  it('WebSockets are closed with 1001, while they are written to, and their clients come back', async () => {
    const { program, port } = await start();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openSocket(port)));
    program.kill('SIGHUP');
    const codes = await Promise.all(clients.map(({ closed }) => closed));
    expect(codes).toEqual(Array(CLIENTS).fill(1001));
    const again = await openSocket(port);
    expect(again.pid).not.toBe(clients[0]?.pid);
    again.socket.terminate();
    await program.printed(/^exit 0\.1 0 planned$/m);
    expect(program.output()).toContain('closed with 1001');
  });

  it('Socket.IO reconnects by itself', async () => {
    const { program, port } = await start();
    const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'] });
    try {
      const [before] = await new Promise<[number]>((resolve) => {
        socket.once('hello', (pid) => resolve([pid]));
      });
      const after = new Promise<number>((resolve) => socket.on('hello', resolve));
      program.kill('SIGHUP');
      expect(await after).not.toBe(before);
      await program.printed(/^exit 0\.1 0 planned$/m);
    } finally {
      socket.close();
    }
  });

  it('event streams end, and a slow request beside them is answered', async () => {
    const { program, port } = await start();
    const events = read(await ask(port, '/events'));
    const slow = ask(port, '/slow').then(read);
    await program.printed(/slow request/);
    program.kill('SIGHUP');
    const { text, whole } = await events;
    expect(whole).toBe(true);
    expect(text).toMatch(/^(data: \d+\n\n)+$/);
    expect(await slow).toEqual({ text: 'slow but whole', whole: true });
    await program.printed(/^exit 0\.1 0 planned$/m);
  });

  it('what only the app could end is cut before the worker would be killed', async () => {
    const { program, port } = await start({ drain: { timeoutMs: 5_000 } });
    const endless = read(await ask(port, '/endless'));
    const upgrade = request({
      ...{ host: '127.0.0.1', port, path: '/other' },
      headers: { connection: 'upgrade', upgrade: 'other' },
    }).end();
    const [, other] = await once(upgrade, 'upgrade');
    const ended = once(other.resume(), 'end');
    const idle = connect(port, '127.0.0.1');
    program.kill('SIGHUP');
    // A client that took it for whole would be wrong.
    expect(await endless).toMatchObject({ whole: false });
    await ended;
    other.destroy();
    idle.destroy();
    await program.printed(/^exit 0\.1 0 planned$/m);
    expect(program.output()).not.toContain('it is killed');
  });
});
