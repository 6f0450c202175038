// Whatever answers in the place of a worker's inspector: it is bounded in time and bytes, and believed in nothing.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Capture, captureStack } from '../../dist/extensions/health/stack/stack-capture.js';
import { WorkerInspector } from '../../dist/extensions/health/stack/worker-inspector.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/hung.js', import.meta.url));
const ID = '00000000-0000-4000-8000-000000000000';
/** For those of which nothing will come, */
const SHORT_MS = 500;
/** and for those that answer. */
const LONG_MS = 20_000;
const MB = 1_048_576;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A process that spins. It knows of no debugger. */
let spinning: ChildProcess;
beforeAll(async () => {
  const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
  spinning = spawn(process.execPath, [FIXTURE, 'spin'], { stdio });
  await once(spinning.stdout as Readable, 'data');
});
afterAll(() => spinning.kill('SIGKILL'));

/** The capture of a process that says that it has its inspector open at this port. */
async function captureFrom(port: number, timeoutMs = SHORT_MS): Promise<Capture> {
  const inspector = new WorkerInspector(spinning, false);
  inspector.heard({ inspectorUrl: `ws://127.0.0.1:${port}/${ID}`, opensInspector: true });
  return captureStack(inspector, timeoutMs);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

/** A server that does this to each connection, instead of HTTP. */
function raw(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
    closing.push(() => socket.destroy());
  });
  return listen(server);
}

/** A WebSocket that does this at each message. */
async function debuggerThat(
  hear: (socket: WebSocket, message: { id: number; method: string }) => void,
): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  closing.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data) => hear(socket, JSON.parse(String(data))));
  });
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const tell = (socket: WebSocket, message: unknown) => socket.send(JSON.stringify(message));
const paused = (params: unknown) => ({ method: 'Debugger.paused', params });
const frame = {
  callFrameId: '1',
  functionName: 'forged\n2026 muster: all is well',
  location: { scriptId: '1', lineNumber: 1, columnNumber: 1 },
};

describe('a debugger that is none', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    ['hangs up', (socket) => socket.destroy()],
    ['is no HTTP', (socket) => socket.end('220 mail.example ESMTP\r\n')],
    ['refuses', (socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')],
    [
      'sends elsewhere',
      (socket) =>
        socket.end(
          'HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nConnection: close\r\n\r\n',
        ),
    ],
    [
      'has a head without an end',
      (socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n');
        const more = () => {
          while (socket.writable && socket.write(`X: ${'y'.repeat(4_000)}\r\n`));
          if (socket.writable) socket.once('drain', more);
        };
        more();
      },
    ],
    [
      'drips',
      (socket) => {
        const timer = setInterval(() => socket.write('H'), 50);
        socket.once('close', () => clearInterval(timer));
      },
    ],
  ])('%s', async (_what, answer) => {
    const capture = await captureFrom(await raw(answer));
    expect(capture).toMatchObject({ kind: 'none' });
    expect(JSON.stringify(capture)).not.toMatch(/\\n|\\r/);
  });
});

describe('a debugger that answers', () => {
  it.each<[string, (socket: WebSocket, message: { id: number; method: string }) => void]>([
    ['never', () => {}],
    ['no JSON', (socket) => socket.send('{"id":1')],
    ['nothing', (socket) => socket.send('')],
    ['bytes', (socket) => socket.send(Buffer.from([0, 1, 2, 255]))],
    ['null', (socket) => tell(socket, null)],
    ['a list', (socket) => tell(socket, [1, 2])],
    ['an id that is an object', (socket) => tell(socket, { id: {}, method: {} })],
    ['what nobody asked', (socket) => tell(socket, { id: 99, result: {} })],
    ['an error', (socket, { id }) => tell(socket, { id, error: { message: 'no\nway' } })],
    ['a pause of nothing', (socket) => tell(socket, paused(null))],
    ['a pause of no list', (socket) => tell(socket, paused({ callFrames: 7 }))],
    ['a pause of wrong frames', (socket) => tell(socket, paused({ callFrames: [null, {}] }))],
    ['results that are none', (socket, { id }) => tell(socket, { id, result: 'x' })],
    [
      'all in its turn, and never goes on',
      (socket, { id, method }) => {
        if (method !== 'Debugger.resume') tell(socket, { id, result: {} });
        if (method === 'Debugger.pause') tell(socket, paused({ callFrames: [frame] }));
      },
    ],
    [
      'as another process',
      (socket, { id, method }) => {
        tell(socket, { id, result: { result: { value: 1 } } });
        if (method === 'Debugger.pause') tell(socket, paused({ callFrames: [frame] }));
        if (method === 'Debugger.resume') tell(socket, { method: 'Debugger.resumed' });
      },
    ],
    [
      'that somebody else holds it, where it spins',
      (socket, { id }) => {
        tell(socket, paused({ callFrames: [frame] }));
        tell(socket, { id, result: {} });
      },
    ],
    ['one message that is too long', (socket) => socket.send('x'.repeat(32 * MB))],
    [
      'a stack that is too deep to be read',
      (socket) => tell(socket, paused({ callFrames: Array(40_000).fill(frame) })),
    ],
    ['nested lists', (socket) => socket.send('['.repeat(MB) + ']'.repeat(MB))],
  ])('%s', async (_what, hear) => {
    const capture = await captureFrom(await debuggerThat(hear));
    expect(capture).toMatchObject({ kind: 'none' });
    expect(JSON.stringify(capture)).not.toMatch(/\\n/);
  });

  it('without an end: a part of it is read', async () => {
    let sent = 0;
    const part = `{"method":"Debugger.scriptParsed","params":{"scriptId":"1","url":"${'u'.repeat(1_000)}","x":"${'y'.repeat(MB)}"}}`;
    const port = await debuggerThat((socket) => {
      const more = () => {
        if (socket.readyState !== socket.OPEN || sent > 1_000 * MB) return;
        sent += part.length;
        socket.send(part, more);
      };
      more();
    });
    const before = process.memoryUsage().rss;
    const capture = await captureFrom(port, LONG_MS);
    expect(capture).toMatchObject({ kind: 'none' });
    expect(sent).toBeLessThan(200 * MB);
    // The sender is this process, too.
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * MB);
  });

  it('what is no text of a log: it is made one', async () => {
    const port = await debuggerThat((socket, { id, method }) => {
      tell(socket, { id, result: {} });
      if (method === 'Debugger.pause') tell(socket, paused({ callFrames: [frame] }));
      if (method === 'Debugger.resume') tell(socket, { method: 'Debugger.resumed' });
    });
    const capture = await captureFrom(port, LONG_MS);
    expect(capture).toMatchObject({
      kind: 'stack',
      frames: [{ name: 'forged?2026 muster: all is well', file: '', line: 2, column: 2 }],
    });
  });

  it('that it runs again, late: it is not left before', async () => {
    let left = false;
    let toldResumed = false;
    const port = await debuggerThat(async (socket, { id, method }) => {
      socket.once('close', () => {
        left = !toldResumed;
      });
      tell(socket, { id, result: {} });
      if (method === 'Debugger.pause') tell(socket, paused({ callFrames: [frame] }));
      if (method !== 'Debugger.resume') return;
      for (let trip = 0; trip < 3 && !left; trip++) {
        socket.ping();
        await Promise.race([once(socket, 'pong'), once(socket, 'close')]);
      }
      toldResumed = true;
      if (!left) tell(socket, { method: 'Debugger.resumed' });
    });
    expect(await captureFrom(port, LONG_MS)).toMatchObject({ kind: 'stack' });
    expect(toldResumed && !left).toBe(true);
  });
});
