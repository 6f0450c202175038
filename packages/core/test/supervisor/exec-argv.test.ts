// Node's own arguments for workers, each seen to do what it is for in a real cluster.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-exec-argv-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('--import tsx runs workers of TypeScript, and their stacks name its lines', async () => {
  await using program = runProgram(fixture('typescript.js'), {
    // Node looks for `tsx` from the working directory, as in an app that has it among its devDependencies.
    cwd: join(import.meta.dirname, '../..'),
    env: { STORE: `lmdb:${folder}/store`, MUSTER_RUNTIME_DIR: folder },
  });
  expect(await program.exited).toEqual({ code: 0, signal: null });
  const output = program.output();
  expect(output).toContain('typed worker {"level":"loud","slot":0}');
  expect(output).toContain('typed worker {"level":"loud","slot":1}');
  expect(output).toMatch(/Error: where it is\n +at .*typed-worker\.ts:16:13/);
  expect(output).toContain('cluster is up');
});

it('--enable-source-maps shows where the code of a bundle comes from', async () => {
  const map = { version: 3, sources: ['original.ts'], names: [], mappings: 'AAAA' };
  const data = Buffer.from(JSON.stringify(map)).toString('base64');
  await writeFile(
    join(folder, 'bundle.mjs'),
    `console.log(new Error('mapped').stack);
//# ${'sourceMappingURL'}=data:application/json;base64,${data}\n`,
  );
  for (const [args, place] of [
    [['--enable-source-maps'], 'original.ts:1:1'],
    [[], 'bundle.mjs:1:13'],
  ] as const) {
    await using program = runProgram(fixture('primary-of-any-file.js'), {
      cwd: folder,
      env: { WORKER: join(folder, 'bundle.mjs'), NODE_OPTIONS: args.join(' ') },
    });
    await program.printed(new RegExp(`Error: mapped\n +at .*${place}`));
  }
});

it('--inspect gives each slot a port of its own, and a replacement another one', async () => {
  const first = await freePort(1, 2);
  const port = await freePort();
  const options = { workers: 2, execArgv: [`--inspect=127.0.0.1:${first}`] };
  await using program = runProgram(fixture('server.js'), {
    cwd: folder,
    env: { PORT: String(port), CLUSTER_OPTIONS: JSON.stringify(options) },
  });
  await program.printed(/cluster is up/);
  const pids = [...program.output().matchAll(/^started \d\.1 pid (\d+)$/gm)].map(([, pid]) =>
    Number(pid),
  );
  expect(await inspected(first + 1)).toBe(pids[0]);
  expect(await inspected(first + 2)).toBe(pids[1]);

  program.kill('SIGHUP');
  const [, pid] = await program.printed(/^ready 0\.2 pid (\d+)$/m);
  // Its stderr takes a way of its own.
  const [, other] = await program.printed(
    /(?:Debugger listening [\s\S]*?){2}Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//,
  );
  expect([first + 1, first + 2]).not.toContain(Number(other));
  expect(await inspected(Number(other))).toBe(Number(pid));
});

/** The pid of the process whose inspector listens there. */
async function inspected(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(String(target?.webSocketDebuggerUrl));
  await once(socket, 'open');
  const params = { expression: 'process.pid' };
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
  const [answer] = await once(socket, 'message');
  socket.terminate();
  return JSON.parse(String(answer)).result.result.value;
}
