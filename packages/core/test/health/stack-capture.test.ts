import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { listeningPorts } from '../../../../test/support/processes.js';
import { captureStack } from '../../dist/extensions/health/stack/stack-capture.js';
import { WorkerInspector } from '../../dist/extensions/health/stack/worker-inspector.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/hung.js', import.meta.url));
const LONG_MS = 20_000;
const SECRET = ['--inspect-publish-uid=stderr', '--inspect-port=0'];

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

/** `said`: what of its stderr is passed on. */
async function hung(how: string, { flags = SECRET, forMs = 0 } = {}) {
  const child = spawn(process.execPath, [...flags, FIXTURE, how, String(forMs)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const inspector = new WorkerInspector(child, flags === SECRET);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  await once(child.stdout, 'data');
  return { pid: child.pid as number, child, inspector, said: () => said };
}

describe('the stack of a process that hangs', () => {
  it('has the functions and lines that spin, again and again; its inspector is closed each time, and nothing is said', async () => {
    const { pid, inspector, said } = await hung('spin');
    // Told just before it begins to spin: the first look may come earlier.
    await vi.waitFor(async () => {
      const capture = await captureStack(inspector, LONG_MS);
      expect(capture.kind === 'stack' && capture.frames.slice(0, 2)).toMatchObject([
        { name: 'spinsForEver', file: FIXTURE, line: 8 },
        { name: 'handleRequest', file: FIXTURE, line: 30 },
      ]);
    }, LONG_MS);
    const ports = new Set<number>();
    for (let n = 0; n < 5; n++) {
      expect(await captureStack(inspector, LONG_MS)).toMatchObject({ kind: 'stack' });
      for (const port of listeningPorts(pid)) ports.add(port);
    }
    expect([...ports]).toEqual([]);
    expect(said()).toBe('');
  });

  it('is had where a regular expression never ends, or it waits for another thread', async () => {
    const matching = await hung('match');
    expect(await captureStack(matching.inspector, LONG_MS)).toMatchObject({
      kind: 'stack',
      frames: [{ name: 'match', file: FIXTURE }, {}, {}, {}, {}],
    });
    const waiting = await hung('wait', { forMs: 1_000_000 });
    const capture = await captureStack(waiting.inspector, LONG_MS);
    expect(capture.kind === 'stack' && capture.frames[0]).toMatchObject({ name: 'wait' });
  });

  it('leaves no inspector open, and says nothing, where the process goes on afterwards', async () => {
    const { pid, child, inspector, said } = await hung('wait', { forMs: 2_000 });
    const told: string[] = [];
    child.stdout?.on('data', (chunk) => {
      for (const [, inspectorUrl = ''] of String(chunk).matchAll(/^inspector (.*)$/gm)) {
        told.push(inspectorUrl);
        inspector.heard({ inspectorUrl, opensInspector: true });
      }
    });
    expect(await captureStack(inspector, LONG_MS)).toMatchObject({ kind: 'stack' });
    // Node opens it once more as soon as the event loop turns.
    await expect.poll(() => told.slice(-10).join(), { timeout: LONG_MS }).toBe(','.repeat(9));
    expect(listeningPorts(pid)).toEqual([]);
    expect(said()).toBe('');
  });

  it('is not had of one that is stopped; its inspector, opened when it goes on, is closed', async () => {
    const { pid, child, inspector, said } = await hung('spin');
    child.kill('SIGSTOP');
    expect(await captureStack(inspector, 700)).toMatchObject({ kind: 'none' });
    child.kill('SIGCONT');
    // It is open for a moment: it can be seen by a later capture alone, for which it has to be closed.
    await vi.waitFor(async () => {
      expect(await captureStack(inspector, LONG_MS)).toMatchObject({ kind: 'stack' });
      expect(listeningPorts(pid)).toEqual([]);
    }, LONG_MS);
    expect(said()).toBe('');
  });

  it('is not had of one that is gone', async () => {
    const { child, inspector } = await hung('spin');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await captureStack(inspector, 700)).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('ESRCH'),
    });
  });

  it('is not asked of one that listens to the signal itself, nor where its arguments forbid it', async () => {
    const deaf = await hung('spin');
    deaf.inspector.heard({ inspectorUrl: '', opensInspector: false });
    expect(await captureStack(deaf.inspector, LONG_MS)).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('SIGUSR1'),
    });
    const open = await hung('spin', { flags: ['--inspect-port=0'] });
    expect(await captureStack(open.inspector, LONG_MS)).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('arguments'),
    });
    expect(listeningPorts(open.pid)).toEqual([]);
  });
});

describe('a process that its user has opened for a debugger', () => {
  async function opened(how: string) {
    const one = await hung(how, { flags: ['--inspect=0'] });
    await expect.poll(one.said).toMatch(/Debugger listening on (ws:\S+)/);
    return { ...one, url: /ws:\S+/.exec(one.said())?.[0] ?? '' };
  }

  it('gives its stack there, again and again, and stays open', async () => {
    const { pid, inspector, url } = await opened('spin');
    for (let n = 0; n < 10; n++) {
      expect(await captureStack(inspector, LONG_MS)).toMatchObject({ kind: 'stack' });
    }
    expect(listeningPorts(pid)).toEqual([Number(new URL(url).port)]);
  });

  it('is left alone where that debugger holds it', async () => {
    const { inspector, url } = await opened('breakpoint');
    const debugging = new WebSocket(url);
    await once(debugging, 'open');
    const events: string[] = [];
    debugging.on('message', (data) => events.push(JSON.parse(String(data)).method));
    debugging.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }));
    await expect.poll(() => events).toContain('Debugger.paused');
    expect(await captureStack(inspector, LONG_MS)).toMatchObject({ kind: 'held' });
    expect(events).not.toContain('Debugger.resumed');
    debugging.terminate();
  });
});
