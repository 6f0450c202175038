// Nobody attaches to a worker whose user did not ask for a debugger: not while its stack is taken, and not afterwards.
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { canActAs, otherUser, runAs } from '../../../../test/support/other-user.js';
import { listeningPorts } from '../../../../test/support/processes.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const FIXTURE = new URL('../fixtures/unwell.js', import.meta.url);
const SCANNER = new URL('../fixtures/port-scanner.js', import.meta.url);
/** The user of the cluster that is scanned: nobody else's ports are among its own. */
const service = { uid: 20_011, gid: 20_011 };

let folder: string;
let program: Program | undefined;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-inspector-'));
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await program?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Options {
  cluster?: object;
  env?: Record<string, string>;
  user?: typeof service;
}

async function run({ cluster = {}, env = {}, user }: Options = {}) {
  const port = await freePort();
  const CLUSTER_OPTIONS = JSON.stringify({
    workers: 1,
    health: { hungAfterMs: 500 },
    ...cluster,
  });
  if (user) await chown(folder, user.uid, user.gid);
  program = runProgram(FIXTURE, {
    cwd: folder,
    ...(user && { user }),
    env: { PORT: String(port), CLUSTER_OPTIONS, MUSTER_RUNTIME_DIR: folder, ...env },
  });
  await program.printed(/cluster is up/);
  const pids = [...program.output().matchAll(/^started (\d) pid (\d+)$/gm)].map(([, , pid]) =>
    Number(pid),
  );
  const ask = (path: string) =>
    new Promise<unknown>((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, path, agent: false }, async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part);
        resolve(JSON.parse(Buffer.concat(parts).toString()));
      });
      request.once('error', reject);
    });
  return { program, port, pid: Number(pids[0]), ask };
}

describe('a worker that hangs', () => {
  it.runIf(
    canActAs(otherUser, 'a debugger that another user attaches') &&
      canActAs(service, 'a debugger that another user attaches', {
        reads: [fileURLToPath(FIXTURE)],
      }),
  )('is never open for another user of the machine, who looks all the time', async () => {
    const { program, ask } = await run({ user: service });
    await using scanner = runAs(otherUser, SCANNER, { env: { MINE: String(service.uid) } });
    await scanner.printed(/sees \d+/);
    for (let round = 0; round < 3; round++) {
      const { generation } = (await vi.waitFor(() => ask('/who'))) as { generation: number };
      ask('/hang').catch(() => {});
      await program.printed(new RegExp(`^exit 0\\.${generation} SIGKILL planned$`, 'm'));
    }
    expect(program.output().match(/at hangsForEver /g)?.length).toBe(3);

    // And where it stands open for as long as one likes: its own user opened it by the signal.
    const { pid } = (await ask('/who')) as { pid: number };
    process.kill(pid, 'SIGUSR1');
    const [, url = ''] = await program.printed(/Debugger listening on (ws:\S+)/);
    const { port } = new URL(url);
    await scanner.printed(new RegExp(`sees ${port}\n`));
    for (let round = 0; round < 2; round++) {
      const before = scanner.output().length;
      scanner.kill('SIGUSR2');
      await expect.poll(() => scanner.output().slice(before)).toMatch(/tried \d+/);
    }
    expect(scanner.output()).not.toContain('HAD');
    await program[Symbol.asyncDispose]();

    // It would have found what there is to find.
    await run({ user: service, cluster: { execArgv: ['--inspect=0'] } });
    await scanner.printed(/HAD .*webSocketDebuggerUrl/s);
    await scanner.printed(/HAD .*attached/);
  });

  it('tells the address of its inspector to nobody, and no later than its stack was had it is closed', async () => {
    for (const logs of ['inherit', 'prefix']) {
      const { program, pid, ask } = await run({ cluster: { logs } });
      const http = listeningPorts(program.pid as number);
      ask('/hang').catch(() => {});
      await program.printed(/error worker\.hung: [\s\S]*?at hangsForEver /);
      expect(listeningPorts(pid)).toEqual([]);
      await program.printed(/^exit 0\.1 SIGKILL planned$/m);
      expect(program.output()).not.toMatch(/Debugger|ws:|nodejs\.org/);
      expect(http.length).toBeGreaterThan(0);
      await program[Symbol.asyncDispose]();
    }
  });

  it('and goes on afterwards has no inspector open, and is not told to be held by one', async () => {
    const go = join(folder, 'go');
    const { program, pid, ask } = await run({ env: { GO: go } });
    const [slow, spun] = [ask('/wait?for=enough'), ask('/spin')];
    await program.printed(/error worker\.hung: [\s\S]*? at \/spin /);
    await writeFile(go, '');
    expect(await spun).toBe('went on');
    await expect.poll(() => listeningPorts(pid)).toEqual([]);
    await writeFile(join(folder, 'enough'), '');
    expect(await slow).toBe('slow but whole');
    await program.printed(/^exit 0\.1 0 planned$/m);
    expect(program.output()).not.toMatch(/Debugger|ws:|nodejs\.org/);
  });

  it('is replaced whatever answers in the name of its inspector, and its stack is asked of no other machine', async () => {
    const forger = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closing.push(() => {
      for (const client of forger.clients) client.terminate();
      forger.close();
    });
    await once(forger, 'listening');
    const heard: string[] = [];
    forger.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('message', (data) => {
        const { id, method } = JSON.parse(String(data));
        heard.push(method);
        const callFrames = [
          {
            functionName: 'forged\nmuster: all is well',
            location: { scriptId: '1', lineNumber: 0 },
          },
        ];
        socket.send('no JSON');
        socket.send(JSON.stringify({ method: 'Debugger.paused', params: { callFrames } }));
        socket.send(JSON.stringify({ id, result: {} }));
      });
    });
    const { port } = forger.address() as { port: number };
    const { program, ask } = await run();
    const id = '00000000-0000-4000-8000-000000000000';
    let generation = 1;
    for (const at of [
      `ws://127.0.0.1:${port}/${id}`,
      `ws://198.51.100.7:${port}/${id}`,
      'ws://127.0.0.1:1/../x',
      'y'.repeat(100_000),
    ]) {
      ask(`/hang-and-forge?at=${encodeURIComponent(at.slice(0, 8_000))}`).catch(() => {});
      await program.printed(new RegExp(`^exit 0\\.${generation} SIGKILL planned$`, 'm'));
      generation += 1;
    }
    expect(heard).toContain('Debugger.enable');
    expect(program.output()).not.toMatch(/^muster: all is well/m);
  });

  it('and listens to SIGUSR1 itself does not hear one, and is replaced without its stack', async () => {
    const go = join(folder, 'go');
    const { program, ask } = await run({ env: { GO: go } });
    await ask('/listen-to-signal');
    const spun = ask('/spin');
    await program.printed(/error worker\.hung: .*SIGUSR1/);
    await writeFile(go, '');
    expect(await spun).toBe('went on');
    await program.printed(/^exit 0\.1 0 planned$/m);
    expect(program.output()).not.toContain('the app heard SIGUSR1');
  });
});

describe('the inspector of a worker', () => {
  it('is closed, and what a worker forks does not inherit what Muster says of it', async () => {
    const { pid, ask } = await run();
    expect(listeningPorts(pid)).toEqual([]);
    expect(JSON.stringify(await ask('/arguments-of-child'))).not.toContain('inspect');
  });

  it('is where NODE_OPTIONS or the arguments say, and the stack of one that hangs comes from there', async () => {
    for (const how of [
      { env: { NODE_OPTIONS: '--inspect-publish-uid=http,stderr' }, execArgv: ['--inspect=0'] },
      { env: {}, execArgv: ['--inspect=127.0.0.1:0'] },
    ]) {
      const { program, ask } = await run({ cluster: { execArgv: how.execArgv }, env: how.env });
      const [, url = ''] = await program.printed(/Debugger listening on (ws:\S+)/);
      expect(await fetch(`http://${new URL(url).host}/json/list`)).toMatchObject({ status: 200 });
      const debugging = new WebSocket(url);
      await once(debugging, 'open');
      debugging.terminate();
      ask('/hang').catch(() => {});
      await program.printed(/error worker\.hung: [\s\S]*?at hangsForEver /);
      await program[Symbol.asyncDispose]();
    }
  });
});
