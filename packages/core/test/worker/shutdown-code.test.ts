// What an app does on SIGTERM, under node and under Muster.
import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const APP = new URL('../fixtures/shutdown-app.js', import.meta.url);
const PRIMARY = new URL('../fixtures/primary-of-app.js', import.meta.url);

const programs: Program[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await program[Symbol.asyncDispose]();
});

async function start(file: URL, kind: string, options: object = {}) {
  const port = await freePort();
  const program = runProgram(file, {
    env: {
      PORT: String(port),
      KIND: kind,
      APP: './shutdown-app.js',
      CLUSTER_OPTIONS: JSON.stringify({ drain: { timeoutMs: 15_000 }, ...options }),
    },
  });
  programs.push(program);
  await program.printed(file === APP ? /app is up/ : /cluster is up/);
  return { program, port };
}

const linesOf = (program: Program) => program.output().match(/^app: .*$/gm) ?? [];

function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, async (response) =>
      resolve(Buffer.concat(await response.toArray()).toString()),
    );
    request.once('error', reject);
  });
}

describe("a drain runs the app's own shutdown code", () => {
  it.each([
    { kind: 'terminus', lines: ['app: onSignal', 'app: onShutdown'], code: 0 },
    { kind: 'close-with-grace', lines: ['app: closes on SIGTERM', 'app: closed'], code: 0 },
    { kind: 'fastify', lines: ['app: onClose'], code: 0 },
    { kind: 'exit', lines: ['app: exits'], code: 3 },
    { kind: 'exit by name', lines: ['app: exits'], code: 3 },
    { kind: 'exit code', lines: [], code: 4 },
    { kind: 'server.close()', lines: ['app: closed, no error'], code: 0 },
    { kind: 'promise', lines: ['app: hears SIGTERM 15', 'app: its job is done'], code: 0 },
    { kind: 'job', lines: ['app: its job is done', 'app: beforeExit', 'app: exit'], code: 0 },
  ])('as node does: $kind', async ({ kind, lines, code }) => {
    const [node, muster] = await Promise.all([start(APP, kind), start(PRIMARY, kind)]);
    for (const { port } of [node, muster]) expect(await ask(port, '/')).toBe('answered');
    for (const { program } of [node, muster]) program.kill('SIGTERM');

    const ending = await node.program.exited;
    // terminus ends by the signal itself.
    expect(ending.code ?? 0).toBe(code);
    expect(linesOf(node.program)).toEqual(lines);

    expect(await muster.program.exited).toEqual({ code: 0, signal: null });
    expect(linesOf(muster.program)).toEqual(lines);
    expect(muster.program.output()).toContain(`exit 0.1 ${code} planned`);
  });

  it('and answers what was accepted before a process.exit() in it', async () => {
    const { program, port } = await start(PRIMARY, 'exit', {
      // Too short for the request to be over when the listener is called.
      drain: { timeoutMs: 5_000 },
    });
    const answer = ask(port, '/slow');
    await program.printed(/slow request/);
    program.kill('SIGTERM');
    expect(await answer).toBe('answered');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output()).toContain('exit 0.1 3 planned');
  });

  it('that listens for SIGINT alone, too', async () => {
    const { program } = await start(PRIMARY, 'SIGINT');
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(linesOf(program)).toEqual(['app: hears SIGINT']);
  });

  it('and goes on where a listener throws', async () => {
    const { program } = await start(PRIMARY, 'throws', { drain: { timeoutMs: 5_000 } });
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(linesOf(program)).toEqual(['app: the other one is called']);
    expect(program.output()).toContain('a listener of the app failed');
    expect(program.output()).toContain('exit 0.1 0 planned');
    expect(program.output()).toContain('something still keeps it alive');
  });

  it('once, when a replacement is ready, where a signal comes to a single worker', async () => {
    const { program } = await start(PRIMARY, 'exit');
    const [, pid] = await program.printed(/^ready 0\.1 pid (\d+)$/m);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(Number(pid), signal);
    await program.printed(/^exit 0\.1 3 planned$/m);
    expect(program.output()).toMatch(/^ready 0\.2 [\s\S]*^app: exits$/m);
    expect(linesOf(program)).toEqual(['app: exits']);
  });

  it('not where it was told not to', async () => {
    const { program } = await start(PRIMARY, 'exit', { drain: { signal: false } });
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(linesOf(program)).toEqual([]);
    expect(program.output()).toContain('exit 0.1 0 planned');
  });
});
