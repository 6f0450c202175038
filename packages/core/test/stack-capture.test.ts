import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../../../test/support/redis/free-port.js';
import { captureStack } from '../dist/primary/health/stack-capture.js';

const FIXTURE = fileURLToPath(new URL('./fixtures/hung.js', import.meta.url));
const LONG_MS = 20_000;

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

async function hung(how: string, { inspect = false } = {}) {
  const port = await freePort();
  const args = inspect ? [`--inspect=${port}`, FIXTURE, how] : [FIXTURE, how, String(port)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  return { port, pid: child.pid as number, child };
}

describe('the stack of a process that hangs', () => {
  it('has the functions and lines that spin', async () => {
    const { pid, port } = await hung('spin');
    // Told just before it begins to spin: the first look may come earlier.
    await vi.waitFor(async () => {
      const capture = await captureStack(pid, port, LONG_MS);
      expect(capture.kind === 'stack' && capture.frames.slice(0, 2)).toMatchObject([
        { name: 'spinsForEver', file: FIXTURE, line: 9 },
        { name: 'handleRequest', file: FIXTURE, line: 26 },
      ]);
    }, LONG_MS);
  });

  it('is had where the process listens for a debugger already, and again at once', async () => {
    const { pid, port } = await hung('spin', { inspect: true });
    for (let n = 0; n < 30; n++) {
      const capture = await captureStack(pid, port, LONG_MS);
      expect(capture).toMatchObject({ kind: 'stack' });
    }
  });

  it('does not leave the process before that runs again, when Node can lose who comes next', async () => {
    const { pid, child } = await hung('wait');
    const http = createServer((_request, response) => {
      const { port } = http.address() as AddressInfo;
      response.end(JSON.stringify([{ webSocketDebuggerUrl: `ws://127.0.0.1:${port}` }]));
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    // In place of its inspector: answers at once, and says late that it runs again.
    const inspector = new WebSocketServer({ server: http });
    let left = false;
    let toldResumed = false;
    inspector.on('connection', (socket) => {
      const tell = (message: object) => socket.send(JSON.stringify(message));
      socket.on('close', () => {
        left = !toldResumed;
      });
      socket.on('message', async (data) => {
        const { id, method } = JSON.parse(String(data));
        tell({ id, result: method.includes('evaluate') ? { result: { value: pid } } : {} });
        if (method === 'Debugger.pause') {
          tell({ method: 'Debugger.paused', params: { callFrames: [] } });
        }
        if (method !== 'Debugger.resume') return;
        for (let trip = 0; trip < 3 && !left; trip++) {
          socket.ping();
          await Promise.race([once(socket, 'pong'), once(socket, 'close')]);
        }
        toldResumed = true;
        if (!left) tell({ method: 'Debugger.resumed' });
      });
    });
    const { port } = http.address() as AddressInfo;
    expect(await captureStack(pid, port, LONG_MS)).toMatchObject({ kind: 'stack' });
    expect(toldResumed && !left).toBe(true);
    inspector.close();
    http.close();
    child.kill('SIGKILL');
  });

  it('is not had of one that waits in native code', async () => {
    const { pid, port } = await hung('wait');
    expect(await captureStack(pid, port, 700)).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('no JavaScript'),
    });
  });

  it('is not had of one that is stopped, nor of one that is gone', async () => {
    const { pid, port, child } = await hung('spin');
    child.kill('SIGSTOP');
    expect(await captureStack(pid, port, 700)).toMatchObject({ kind: 'none' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await captureStack(pid, port, 700)).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('could not be signalled'),
    });
  });

  it('is not taken from another process that has the port by now', async () => {
    const one = await hung('spin');
    const other = await hung('spin', { inspect: true });
    expect(await captureStack(one.pid, other.port, LONG_MS)).toMatchObject({
      kind: 'none',
      why: expect.stringContaining(`process ${other.pid}`),
    });
  });

  it('leaves a process alone that a debugger holds', async () => {
    const { pid, port } = await hung('breakpoint', { inspect: true });
    const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    const debugging = new WebSocket(targets[0].webSocketDebuggerUrl);
    await once(debugging, 'open');
    const events: string[] = [];
    debugging.on('message', (data) => events.push(JSON.parse(String(data)).method));
    debugging.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }));
    await expect.poll(() => events, { timeout: 10_000 }).toContain('Debugger.paused');
    expect(await captureStack(pid, port, LONG_MS)).toMatchObject({ kind: 'held' });
    expect(events).not.toContain('Debugger.resumed');
    debugging.terminate();
  });
});
